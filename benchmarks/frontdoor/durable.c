// SPDX-License-Identifier: Apache-2.0
//
// queue: publishers to sessions that stay, whose clients are there or away. drain: what waits for such sessions.
// sessions: many of them, with a few messages each. Each publisher has so many messages that are not acknowledged;
// time counts from the message to its PUBACK.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modes.h"

enum { IDENTIFIERS = 1 << 16 };

struct stamp {  // at the beginning of each payload
    uint32_t publisher, sequence;
    uint64_t nothing;
};

struct publisher {
    uint32_t sent, most, unacknowledged;
    uint32_t next;  // the sequence that its subscriber expects, or above
    uint8_t *seen;
    uint32_t seenRoom;
    uint64_t *sentAt;  // by packet identifier
};

static struct crowd subs, pubs;
static struct publisher *publishers;
static uint32_t subscribers, settled;
static bool running, measuring, leaves;
static uint64_t sent, acked, delivered, duplicates, disordered, foreign, measuredAcks, measuredDeliveries;
static struct latencies latencies;

// ---- publishing ----

// A publisher has one topic, or takes those of many sessions by turns.
static uint32_t target_of(uint32_t publisher, uint32_t sequence) {
    uint32_t own = (subscribers - publisher % subscribers + options.publishers - 1) / options.publishers;
    return (publisher + (own > 1 ? options.publishers * (sequence % own) : 0)) % subscribers;
}

static void publish(uint32_t number) {
    static const uint8_t FILLING[1 << 20] = {1};
    struct publisher *publisher = &publishers[number];
    struct link *link = &pubs.links[number];
    char topic[64];
    uint32_t topicLength =
        (uint32_t)snprintf(topic, sizeof topic, "keep/%s/%u", options.name, target_of(number, publisher->sent));
    uint32_t body = 2 + topicLength + 2 + options.size;
    uint16_t identifier = (uint16_t)(publisher->sent % (IDENTIFIERS - 1) + 1);
    uint8_t *to = header_write(packet_begin(link, header_size(body) + body), PUBLISH | 2, body);
    *to++ = 0;
    *to++ = (uint8_t)topicLength;
    memcpy(to, topic, topicLength);
    to += topicLength;
    *to++ = (uint8_t)(identifier >> 8);
    *to++ = (uint8_t)identifier;
    struct stamp stamp = {number, publisher->sent++, 0};
    memcpy(to, &stamp, sizeof stamp);
    memcpy(to + sizeof stamp, FILLING, options.size - sizeof stamp);
    packet_end(link);
    publisher->sentAt[identifier] = now();
    publisher->unacknowledged++;
    sent++;
}

static void publish_more(uint32_t number) {
    struct publisher *publisher = &publishers[number];
    while (running && pubs.links[number].step == OPEN && publisher->unacknowledged < options.window &&
           publisher->sent < publisher->most)
        publish(number);
}

static void publisher_packet(struct link *link, uint8_t head, const uint8_t *body, uint32_t length) {
    if (head != PUBACK || length < 2) return;
    struct publisher *publisher = &publishers[link->number];
    acked++;
    publisher->unacknowledged--;
    if (measuring) {
        measuredAcks++;
        latencies_add(&latencies, now() - publisher->sentAt[body[0] << 8 | body[1]]);
    }
    publish_more(link->number);
}

// ---- subscribing ----

static void check(const struct stamp *stamp) {
    if (stamp->publisher >= options.publishers) {
        foreign++;
        return;
    }
    struct publisher *from = &publishers[stamp->publisher];
    if (stamp->sequence >= from->seenRoom) {
        uint32_t room = 2 * stamp->sequence + 1024;
        from->seen = grow(from->seen, room);
        memset(from->seen + from->seenRoom, 0, room - from->seenRoom);
        from->seenRoom = room;
    }
    if (from->seen[stamp->sequence]) {
        duplicates++;
        return;
    }
    from->seen[stamp->sequence] = 1;
    if (stamp->sequence < from->next) disordered++;
    else from->next = stamp->sequence + 1;
    delivered++;
    measuredDeliveries += measuring;
}

static void subscriber_packet(struct link *link, uint8_t head, const uint8_t *body, uint32_t length) {
    if (head == SUBACK) {
        if (body[2] > 2) fail("a subscription was refused");
        settled++;
        if (!leaves) return;
        ((struct crowd *)link->owner)->open--;
        link_leave(link);
        return;
    }
    if ((head & 0xf0) != PUBLISH) return;
    uint32_t topic = (uint32_t)(body[0] << 8 | body[1]), qos = (head >> 1) & 3, at = 2 + topic + (qos ? 2 : 0);
    if (qos) send_puback(link, (uint16_t)(body[at - 2] << 8 | body[at - 1]));
    struct stamp stamp;
    if (length < at || length - at != options.size) {
        foreign++;
        return;
    }
    memcpy(&stamp, body + at, sizeof stamp);
    check(&stamp);
}

static void subscribe(struct link *link) {
    char filter[64];
    snprintf(filter, sizeof filter, "keep/%s/%u", options.name, link->number);
    send_subscribe(link, filter, 1);
}

static const struct role SUBSCRIBER = {.opened = crowd_opened, .packet = subscriber_packet, .closed = crowd_closed};
static const struct role PUBLISHER = {.opened = crowd_opened, .packet = publisher_packet, .closed = crowd_closed};

static bool all_settled(void *nothing) {
    (void)nothing;
    return settled >= subscribers;
}

static bool all_acked(void *nothing) {
    (void)nothing;
    return acked == sent;
}

static bool all_sent(void *nothing) {
    (void)nothing;
    for (uint32_t i = 0; i < options.publishers; i++)
        if (publishers[i].sent < publishers[i].most) return false;
    return acked == sent;
}

static bool all_delivered(void *expected) { return delivered >= *(uint64_t *)expected; }

// ---- steps ----

static void make(uint32_t sessions, uint64_t total) {
    if (options.size < sizeof(struct stamp)) options.size = sizeof(struct stamp);
    if (strlen(options.name) > 12) fail("--name must have at most 12 characters");
    if (options.window >= IDENTIFIERS / 2) fail("--window must be below %d", IDENTIFIERS / 2);
    subscribers = sessions;
    publishers = calloc(options.publishers, sizeof *publishers);
    for (uint32_t i = 0; publishers && i < options.publishers; i++) {
        publishers[i].sentAt = calloc(IDENTIFIERS, sizeof *publishers[i].sentAt);
        uint64_t share = total / options.publishers + (i < total % options.publishers);
        publishers[i].most = total ? (uint32_t)share : UINT32_MAX;
    }
    crowd_make(&subs, &options.to, &SUBSCRIBER, "s", sessions, options.concurrency);
    crowd_make(&pubs, &options.to, &PUBLISHER, "p", options.publishers, 32);
    for (uint32_t i = 0; i < sessions; i++) {
        snprintf(subs.links[i].id, sizeof subs.links[i].id, "%s-%u", options.name, i);
        subs.links[i].keeps = true;
    }
}

// Makes the sessions; their clients leave when they are to be away.
static void settle(bool away) {
    leaves = away;
    subs.joined = subscribe;
    crowd_more(&subs);
    if (!loop_until_done(now() + 600 * SECOND, all_settled, NULL))
        fail("%u of %u sessions were made in 600 s", settled, subscribers);
    leaves = false;
    subs.joined = NULL;
    subs.next = subs.opening = subs.open = subs.retries = 0;
    if (!away) subs.next = subs.open = subs.count;
}

// Waits until what is expected was delivered, or nothing comes any more for a while.
static void await_deliveries(uint64_t expected) {
    for (uint64_t before = UINT64_MAX; before != delivered;) {
        before = delivered;
        if (loop_until_done(now() + 10 * SECOND, all_delivered, &expected)) return;
    }
}

// Clients come back and take what waits.
static void take(uint64_t expected) {
    uint64_t began = now(), cpu = cpu_nanos(options.pid), before = delivered;
    crowd_open(&subs, 120);
    await_deliveries(expected);
    double took = (double)(now() - began) / 1e9, count = (double)(delivered - before);
    json_number("drained_per_s", count / took);
    json_number("drain_cpu_us", count > 0 ? (double)(cpu_nanos(options.pid) - cpu) / 1e3 / count : 0);
}

// Sessions and what they hold end.
static void forget(void) {
    for (uint32_t i = 0; i < subs.count; i++) {
        if (subs.links[i].step != CLOSED) link_leave(&subs.links[i]);
        subs.links[i].keeps = false;
    }
    subs.next = subs.opening = subs.open = subs.retries = 0;
    crowd_open(&subs, 120);
    for (uint32_t i = 0; i < subs.count; i++) link_leave(&subs.links[i]);
}

static void rates(uint64_t began, uint64_t cpu, uint64_t own) {
    double took = (double)(now() - began) / 1e9, brokerCpu = (double)(cpu_nanos(options.pid) - cpu) / 1e9;
    json_number("per_s", (double)measuredAcks / took);
    json_number("delivered_per_s", (double)measuredDeliveries / took);
    json_number("cpu_us", measuredAcks ? brokerCpu * 1e6 / (double)measuredAcks : 0);
    json_number("own_cpu_share", (double)(own_cpu_nanos() - own) / 1e9 / took);
    json_latencies("ack_", &latencies);
}

// Publishes for a time, or so many; reports what was acknowledged of it.
static void run(bool counted) {
    crowd_open(&pubs, 60);
    running = true;
    for (uint32_t i = 0; i < options.publishers; i++) publish_more(i);
    if (!counted) loop_until(now() + (uint64_t)(options.warm * 1e9));
    measuring = true;
    uint64_t began = now(), cpu = cpu_nanos(options.pid), own = own_cpu_nanos();
    if (counted) loop_until_done(now() + 600 * SECOND, all_sent, NULL);
    else loop_until(now() + (uint64_t)(options.seconds * 1e9));
    rates(began, cpu, own);
    running = measuring = false;
    loop_until_done(now() + 30 * SECOND, all_acked, NULL);
}

static int account(uint64_t expected) {
    json_number("sent", (double)sent);
    json_number("unacknowledged", (double)(sent - acked));
    json_number("lost", (double)expected - (double)delivered);
    json_number("duplicates", (double)duplicates);
    json_number("disordered", (double)disordered);
    json_number("foreign", (double)foreign);
    json_number("disconnected", (double)(pubs.lost + subs.lost));
    json_number("resident_mib", (double)resident_kib(options.pid) / 1024);
    json_end();
    return sent != acked || expected != delivered || duplicates || disordered || foreign || pubs.lost || subs.lost;
}

// ---- modes ----

int queue(void) {
    make(options.subscribers, options.total);
    settle(options.offline);
    json_head();
    run(options.total > 0);
    if (options.leave) return account(delivered);  // somebody else asks for them
    if (options.offline) take(acked);
    else await_deliveries(acked);
    uint64_t expected = acked;
    forget();
    return account(expected);
}

int drain(void) {
    make(options.subscribers, options.total);
    json_head();
    take(options.total);
    if (!options.leave) forget();
    return account(options.total);
}

int sessions(void) {
    make(options.count, (uint64_t)options.count * options.each);
    uint64_t began = now(), cpu = cpu_nanos(options.pid);
    settle(true);
    json_head();
    json_number("sessions_per_s", options.count / ((double)(now() - began) / 1e9));
    json_number("session_cpu_us", (double)(cpu_nanos(options.pid) - cpu) / 1e3 / options.count);
    if (options.each) run(true);
    return account(delivered);
}
