// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modes.h"

enum { PINGERS = 50 };

static struct neighbours *shared;
static struct stream stream;
static struct crowd pingers, newcomers;
static uint64_t asked[PINGERS], pingDue, pingGap, newcomerNext;
static uint32_t pingNext;
static enum phase phase;

static void pinged(struct link *link, uint8_t head, const uint8_t *body, uint32_t length) {
    (void)body;
    (void)length;
    if (head != PINGRESP || !asked[link->number]) return;
    latencies_add(&shared->pings[phase], now() - asked[link->number]);
    asked[link->number] = 0;
}
static const struct role PINGER = {.opened = crowd_opened, .packet = pinged, .closed = crowd_closed};

static uint64_t ping_due(void *nothing, uint64_t time) {
    (void)nothing;
    for (; pingDue <= time; pingDue += pingGap) {
        uint32_t number = pingNext++ % PINGERS;
        struct link *link = &pingers.links[number];
        if (link->step != OPEN || asked[number]) continue;  // the answer that is awaited counts in full
        asked[number] = pingDue;
        send_empty(link, PINGREQ);
    }
    return pingDue;
}

static void newcomer_opened(struct link *link) {
    latencies_add(&shared->honest[phase], now() - link->began);
    link_leave(link);
}
static void newcomer_closed(struct link *link) {
    (void)link;
    shared->honestFailed++;
}
static const struct role NEWCOMER = {.opened = newcomer_opened, .closed = newcomer_closed};

// One at a time; one that waits for more than 5 s has failed.
static uint64_t newcomer_due(void *argument, uint64_t time) {
    struct link *link = argument;
    if (link->step != CLOSED && time - link->began > 5 * SECOND) {
        shared->honestFailed++;
        link_shut(link);
    }
    if (link->step == CLOSED && time >= newcomerNext) {
        newcomerNext = time + 50 * MILLI;
        link_open(link, TO_MQTT);
    }
    return time + 10 * MILLI;
}

static bool phase_changed(void *nothing) {
    (void)nothing;
    return shared->phase != phase;
}

static void live(bool honest) {
    // One that waits for its turn would measure the scheduler. Only root may; the line of JSON says how late it was.
    setpriority(PRIO_PROCESS, 0, -10);
    loop_start();
    stream = (struct stream){.to = &options.steady,
                             .publishers = options.publishers,
                             .subscribers = options.subscribers,
                             .size = options.size,
                             .burst = 1,
                             .window = 1,
                             .qos = options.qos,
                             .rate = options.rate};
    stream_open(&stream);
    crowd_make(&pingers, &options.steady, &PINGER, "ping", PINGERS, 32);
    crowd_open(&pingers, 20);
    pingGap = SECOND / options.pings;
    pingDue = now();
    ticker_add(ping_due, &pingers);
    crowd_make(&newcomers, &options.to, &NEWCOMER, "new", 1, 1);
    if (honest) ticker_add(newcomer_due, newcomers.links);
    stream_start(&stream);
    shared->ready = true;
    while (phase != OVER) {
        phase = shared->phase;
        stream_measure(&stream, phase == BEFORE || phase == DURING ? &shared->deliveries[phase] : NULL);
        if (phase != OVER) loop_until_done(now() + 3600 * SECOND, phase_changed, NULL);
    }
    phase = UNMEASURED;
    ticker_remove(newcomers.links);
    ticker_remove(&pingers);
    stream_stop(&stream);
    for (int i = 0; i < PINGERS; i++) shared->pingsUnanswered += asked[i] != 0;
    shared->account = stream_account(&stream);
    shared->account.disconnected += pingers.lost;
}

struct neighbours *neighbours_start(bool honest) {
    if (options.rate <= 0) fail("--rate must be above 0: the neighbours' stream has a fixed rate");
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) fail("no memory to share");
    shared->process = fork();
    if (shared->process < 0) fail("no process for the neighbours");
    if (!shared->process) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        live(honest);
        _exit(0);
    }
    // Devices do not compute on the broker's machine: they yield to the broker and to those who measure it.
    setpriority(PRIO_PROCESS, 0, 10);
    while (!shared->ready) {
        if (waitpid(shared->process, NULL, WNOHANG) != 0) exit(2);
        loop_until(now() + 10 * MILLI);
    }
    return shared;
}

void neighbours_stop(struct neighbours *neighbours) {
    int status;
    neighbours->phase = OVER;
    waitpid(neighbours->process, &status, 0);
    if (status) fail("the neighbours' process failed");
}

void neighbours_json(const struct neighbours *neighbours) {
    json_number("neighbours_rate", options.rate);
    json_latencies("before_", &neighbours->deliveries[BEFORE]);
    json_latencies("during_", &neighbours->deliveries[DURING]);
    json_latencies("ping_before_", &neighbours->pings[BEFORE]);
    json_latencies("ping_during_", &neighbours->pings[DURING]);
    json_number("pings_unanswered", (double)neighbours->pingsUnanswered);
    account_json(&neighbours->account);
}
