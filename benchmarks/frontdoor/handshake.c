// SPDX-License-Identifier: Apache-2.0
//
// handshakes: each of `concurrency` slots opens a connection, leaves it and opens the next one.
#include <stdlib.h>

#include "modes.h"

static uint64_t complete, resumed, failed, ticketless;
static bool measuring, waits = true;
static uint64_t ticketsSeen;
static struct latencies times;
static const char *cipher = "";  // the same on both sides of a comparison, or it is none
static struct link *slots;
static bool *waiting;

static void again(struct link *link) {
    waiting[link->number] = false;
    if (measuring) {
        complete++;
        resumed += SSL_session_reused(link->ssl) ? 1 : 0;
        latencies_add(&times, now() - link->began);
        cipher = SSL_get_cipher_name(link->ssl);
    }
    link_leave(link);
    link_open(link, options.connect ? TO_MQTT : TO_TLS);
}

// In TLS 1.3 the ticket is the first that a client hears of the server having taken its Finished.
static void opened(struct link *link) {
    if (!options.connect && SSL_version(link->ssl) == TLS1_3_VERSION && !link->tickets && waits) {
        waiting[link->number] = true;
        return;
    }
    again(link);
}

static void ticket(struct link *link) {
    ticketsSeen++;
    if (waiting[link->number]) again(link);
}

static void closed(struct link *link) {
    if (measuring) failed++;
    waiting[link->number] = false;
}

// Opens anew what failed, and does not wait for ever for tickets of a server that sends none.
static uint64_t tick(void *argument, uint64_t time) {
    (void)argument;
    for (uint32_t i = 0; i < options.concurrency; i++) {
        if (slots[i].step == CLOSED) link_open(&slots[i], options.connect ? TO_MQTT : TO_TLS);
        if (!waiting[i] || time - slots[i].began < 200 * MILLI) continue;
        if (measuring) ticketless++;
        if (!ticketsSeen) waits = false;
        again(&slots[i]);
    }
    return time + 20 * MILLI;
}

static const struct role SLOT = {.opened = opened, .ticket = ticket, .closed = closed};

int handshakes(void) {
    if (!options.to.tls) fail("handshakes needs --transport tls or wss");
    struct crowd crowd = {0};
    crowd_make(&crowd, &options.to, &SLOT, "h", options.concurrency, options.concurrency);
    slots = crowd.links;
    waiting = calloc(options.concurrency, sizeof *waiting);
    for (uint32_t i = 0; i < options.concurrency; i++) slots[i].keepsSession = options.resume;
    ticker_add(tick, slots);
    loop_until(now() + (uint64_t)(options.warm * 1e9));
    measuring = true;
    uint64_t began = now(), cpu = cpu_nanos(options.pid), own = own_cpu_nanos();
    loop_until(now() + (uint64_t)(options.seconds * 1e9));
    measuring = false;
    double took = (double)(now() - began) / 1e9, brokerCpu = (double)(cpu_nanos(options.pid) - cpu) / 1e9;
    json_head();
    json_text("tls", options.version);
    json_text("form", options.connect ? "connect" : "handshake");
    json_text("cipher", cipher);
    json_text("asked", options.resume ? "resumed" : "full");
    json_number("handshakes", (double)complete);
    json_number("per_s", (double)complete / took);
    json_number("broker_cpu_s", brokerCpu);
    json_number("per_cpu_s", brokerCpu > 0 ? (double)complete / brokerCpu : 0);
    json_number("cpu_us", complete ? brokerCpu * 1e6 / (double)complete : 0);
    json_number("resumed_percent", complete ? 100.0 * (double)resumed / (double)complete : 0);
    json_number("failed", (double)failed);
    json_number("without_ticket", (double)ticketless);
    json_latencies("", &times);
    json_number("own_cpu_share", (double)(own_cpu_nanos() - own) / 1e9 / took);
    json_end();
    return failed || !complete;
}
