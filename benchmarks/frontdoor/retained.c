// SPDX-License-Identifier: Apache-2.0
//
// retain: so many retained messages, of which one in ten has the topic NAME/N/b and the others NAME/N/c. search: one
// subscription that finds all of them, or NAME/+/b, and what came by it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modes.h"

enum { IDENTIFIERS = 1 << 16, ONE_IN = 10 };

static struct crowd pubs;
static struct link searcher;
static uint64_t sent, acked, found, foreign, duplicates, longestPause, last;
static uint32_t *unacknowledged;
static uint8_t *seen;
static bool subscribed;

static uint64_t expected(void) { return options.oneInTen ? (options.total + ONE_IN - 1) / ONE_IN : options.total; }

// ---- retain ----

static void publish_more(struct link *link) {
    static const uint8_t FILLING[1 << 20] = {1};
    uint32_t *own = &unacknowledged[link->number];
    for (; link->step == OPEN && *own < options.window && sent < options.total; (*own)++, sent++) {
        char topic[64];
        uint32_t topicLength = (uint32_t)snprintf(topic, sizeof topic, "%s/%llu/%c", options.name,
                                                  (unsigned long long)sent, sent % ONE_IN ? 'c' : 'b');
        uint32_t body = 2 + topicLength + 2 + options.size;
        uint16_t identifier = (uint16_t)(sent % (IDENTIFIERS - 1) + 1);
        uint8_t *to = header_write(packet_begin(link, header_size(body) + body), PUBLISH | 2 | 1, body);
        *to++ = 0;
        *to++ = (uint8_t)topicLength;
        memcpy(to, topic, topicLength);
        to += topicLength;
        *to++ = (uint8_t)(identifier >> 8);
        *to++ = (uint8_t)identifier;
        memcpy(to, FILLING, options.size);
        packet_end(link);
    }
}

static void publisher_packet(struct link *link, uint8_t head, const uint8_t *body, uint32_t length) {
    (void)body;
    if (head != PUBACK || length < 2) return;
    acked++;
    unacknowledged[link->number]--;
    publish_more(link);
}

static const struct role PUBLISHER = {.opened = crowd_opened, .packet = publisher_packet, .closed = crowd_closed};

static bool all_acked(void *nothing) {
    (void)nothing;
    return acked >= options.total;
}

int retain(void) {
    unacknowledged = calloc(options.publishers, sizeof *unacknowledged);
    crowd_make(&pubs, &options.to, &PUBLISHER, "r", options.publishers, 32);
    crowd_open(&pubs, 60);
    json_head();
    uint64_t began = now(), cpu = cpu_nanos(options.pid);
    for (uint32_t i = 0; i < pubs.count; i++) publish_more(&pubs.links[i]);
    loop_until_done(now() + 900 * SECOND, all_acked, NULL);
    double took = (double)(now() - began) / 1e9;
    json_number("retained_per_s", (double)acked / took);
    json_number("retain_cpu_us", (double)(cpu_nanos(options.pid) - cpu) / 1e3 / (double)acked);
    json_number("unacknowledged", (double)(options.total - acked));
    json_number("disconnected", (double)pubs.lost);
    json_number("resident_mib", (double)resident_kib(options.pid) / 1024);
    json_end();
    return acked != options.total || pubs.lost;
}

// ---- search ----

static void searcher_opened(struct link *link) {
    char filter[64];
    snprintf(filter, sizeof filter, options.oneInTen ? "%s/+/b" : "%s/#", options.name);
    last = now();
    send_subscribe(link, filter, options.qos);
}

static void searcher_packet(struct link *link, uint8_t head, const uint8_t *body, uint32_t length) {
    if (head == SUBACK) {
        if (body[2] > 2) fail("the subscription was refused");
        subscribed = true;
        return;
    }
    if ((head & 0xf0) != PUBLISH) return;
    uint32_t topic = (uint32_t)(body[0] << 8 | body[1]), qos = (head >> 1) & 3, at = 2 + topic + (qos ? 2 : 0);
    if (qos) send_puback(link, (uint16_t)(body[at - 2] << 8 | body[at - 1]));
    uint64_t time = now();
    if (time - last > longestPause) longestPause = time - last;
    last = time;
    char name[64] = "";
    if (topic < sizeof name) memcpy(name, body + 2, topic);
    size_t front = strlen(options.name) + 1;
    uint64_t number = strlen(name) > front ? strtoull(name + front, NULL, 10) : options.total;
    if (number >= options.total || length - at != options.size || !(head & 1)) foreign++;
    else if (seen[number]++) duplicates++;
    else found++;
}

static void searcher_closed(struct link *link) {
    (void)link;
    fail("the searching client was disconnected after %llu messages", (unsigned long long)found);
}

static const struct role SEARCHER = {
    .opened = searcher_opened, .packet = searcher_packet, .closed = searcher_closed};

static bool all_found(void *nothing) {
    (void)nothing;
    return found >= expected();
}

int search(void) {
    seen = calloc(options.total + 1, 1);
    searcher.to = &options.to;
    searcher.role = &SEARCHER;
    snprintf(searcher.id, sizeof searcher.id, "search");
    json_head();
    uint64_t began = now(), cpu = cpu_nanos(options.pid);
    link_open(&searcher, TO_MQTT);
    // Until nothing comes for a while: a search that stalls is to be seen, and not waited for.
    for (uint64_t before = UINT64_MAX; before != found && found < expected();) {
        before = found;
        loop_until_done(now() + 20 * SECOND, all_found, NULL);
    }
    double took = (double)(last - began) / 1e9;
    json_number("found", (double)found);
    json_number("found_s", took);
    json_number("found_per_s", (double)found / took);
    json_number("search_cpu_us", found ? (double)(cpu_nanos(options.pid) - cpu) / 1e3 / (double)found : 0);
    json_number("longest_pause_us", (double)longestPause / 1e3);
    loop_until(now() + SECOND / 2);  // for what must not come
    json_number("lost", (double)expected() - (double)found);
    json_number("duplicates", (double)duplicates);
    json_number("foreign", (double)foreign);
    json_number("resident_mib", (double)resident_kib(options.pid) / 1024);
    json_end();
    return !subscribed || found != expected() || duplicates || foreign;
}
