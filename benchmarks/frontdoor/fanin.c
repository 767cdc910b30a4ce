// SPDX-License-Identifier: Apache-2.0
//
// fan-in: publishers to fewer subscribers, a closed loop or a fixed rate. stall: one publisher to many, of whom one
// never reads.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modes.h"

static struct stream stream_wanted(struct endpoint *to) {
    return (struct stream){.to = to,
                           .publishers = options.publishers,
                           .subscribers = options.subscribers,
                           .size = options.size,
                           .burst = options.burst,
                           .window = options.window,
                           .qos = options.qos,
                           .rate = options.rate};
}

static double measured(struct stream *stream, struct latencies *latencies) {
    loop_until(now() + (uint64_t)(options.warm * 1e9));
    uint64_t began = now(), cpu = cpu_nanos(options.pid), own = own_cpu_nanos();
    stream_measure(stream, latencies);
    loop_until(now() + (uint64_t)(options.seconds * 1e9));
    stream_measure(stream, NULL);
    double took = (double)(now() - began) / 1e9, brokerCpu = (double)(cpu_nanos(options.pid) - cpu) / 1e9;
    own = own_cpu_nanos() - own;
    json_number("per_s", (double)stream->measured / took);
    json_number("broker_cpu_s", brokerCpu);
    json_number("cpu_us", stream->measured ? brokerCpu * 1e6 / (double)stream->measured : 0);
    json_number("own_cpu_share", (double)own / 1e9 / took);
    return took;
}

int fan_in(void) {
    static struct latencies latencies;
    struct stream stream = stream_wanted(&options.to);
    stream_open(&stream);
    json_head();
    json_number("qos", options.qos);
    json_number("rate", options.rate);
    json_text("packed", options.to.packed ? "yes" : "no");
    stream_start(&stream);
    measured(&stream, &latencies);
    stream_stop(&stream);
    if (options.rate > 0) json_latencies("", &latencies);
    struct account account = stream_account(&stream);
    account_json(&account);
    json_end();
    return account_faults(&account);
}

// ---- stall ----

static bool subscribed;
static uint64_t flooded;

static void stalled_packet(struct link *link, uint8_t head, const uint8_t *body, uint32_t length) {
    (void)link;
    (void)body;
    (void)length;
    if (head == SUBACK) subscribed = true;
}
static const struct role STALLED = {.opened = crowd_opened, .packet = stalled_packet, .closed = crowd_closed};

static bool is_subscribed(void *nothing) {
    (void)nothing;
    return subscribed;
}

static bool is_flushed(void *link) { return ((struct link *)link)->outLength == 0; }

// Sends so much to the one that does not read that no buffer of the kernel can hold it.
static void flood(struct link *from, const char *topic) {
    static uint8_t payload[16384];
    uint32_t length = (uint32_t)strlen(topic), body = 2 + length + sizeof payload;
    for (int i = 0; i < 1000 && from->step == OPEN; i++) {
        uint8_t *to = header_write(packet_begin(from, header_size(body) + body), PUBLISH, body);
        to[0] = 0;
        to[1] = (uint8_t)length;
        memcpy(to + 2, topic, length);
        memcpy(to + 2 + length, payload, sizeof payload);
        packet_end(from);
        flooded += sizeof payload;
        if (i % 4 == 3) loop_until_done(now() + 5 * SECOND, is_flushed, from);
    }
}

// Connects the one that will not read, and lets what it does not read pile up.
static void stall_one(const struct stream *stream, struct crowd *stalled, struct link *flooder) {
    char topic[64], filter[64];
    snprintf(topic, sizeof topic, "load/%08x/flood", stream->run);
    snprintf(filter, sizeof filter, "load/%08x/%s", stream->run, options.flood ? "#" : "all");
    subscribed = false;
    crowd_open(stalled, 20);
    send_subscribe(stalled->links, filter, options.qos);
    if (!loop_until_done(now() + 10 * SECOND, is_subscribed, NULL)) fail("no SUBACK for the one that will not read");
    link_deafen(stalled->links);
    if (options.flood) flood(flooder, topic);
}

int stall(void) {
    static struct latencies without, with;
    struct stream stream = stream_wanted(&options.to);
    stream.fanOut = true;
    stream_open(&stream);
    struct crowd stalled = {0}, flooder = {0};
    crowd_make(&stalled, &options.to, &STALLED, "stalled", 1, 1);
    crowd_make(&flooder, &options.to, &BYSTANDER, "flooder", 1, 1);
    crowd_open(&flooder, 20);
    stream_start(&stream);
    loop_until(now() + (uint64_t)(options.warm * 1e9));
    uint64_t resident = 0;
    uint32_t alive = 0;
    // By turns, so that what else the machine does meets both alike.
    for (uint32_t i = 0; i < options.turns; i++) {
        stream_measure(&stream, &without);
        loop_until(now() + (uint64_t)(options.seconds * 1e9));
        stream_measure(&stream, NULL);
        stall_one(&stream, &stalled, flooder.links);
        loop_until(now() + SECOND / 4);
        resident = resident_kib(options.pid);
        stream_measure(&stream, &with);
        loop_until(now() + (uint64_t)(options.seconds * 1e9));
        stream_measure(&stream, NULL);
        alive += link_alive(stalled.links);
        crowd_cut(&stalled);
        loop_until(now() + SECOND / 4);
    }
    stream_stop(&stream);
    json_head();
    json_number("qos", options.qos);
    json_number("rate", options.rate);
    json_latencies("without_", &without);
    json_latencies("with_", &with);
    json_number("with_to_without", latencies_micros(&with, 0.99) / latencies_micros(&without, 0.99));
    json_number("flooded_bytes", (double)flooded);
    json_text("stalled_one", alive ? "still connected" : "disconnected");
    json_number("resident_mib", (double)resident / 1024);
    struct account account = stream_account(&stream);
    account_json(&account);
    json_end();
    return account_faults(&account);
}
