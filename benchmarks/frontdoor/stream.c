// SPDX-License-Identifier: Apache-2.0
#include "stream.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- crowds ----

void crowd_make(struct crowd *crowd, const struct endpoint *to, const struct role *role, const char *kind,
                uint32_t count, uint32_t most) {
    crowd->links = calloc(count ? count : 1, sizeof *crowd->links);
    crowd->retry = calloc(count ? count : 1, sizeof *crowd->retry);
    if (!crowd->links || !crowd->retry) fail("no memory for %u connections", count);
    crowd->count = count;
    crowd->most = most;
    crowd->depth = TO_MQTT;
    uint32_t run = (uint32_t)dice() & 0xffffff;
    for (uint32_t i = 0; i < count; i++) {
        struct link *link = &crowd->links[i];
        link->to = to;
        link->role = role;
        link->number = i;
        link->owner = crowd;
        snprintf(link->id, sizeof link->id, "%s%06x-%u", kind, run, i);
    }
}

void crowd_more(struct crowd *crowd) {
    while (crowd->opening < crowd->most) {
        bool again = crowd->retries && now() >= crowd->notBefore;
        if (!again && crowd->next == crowd->count) return;
        struct link *link = again ? crowd->retry[--crowd->retries] : &crowd->links[crowd->next++];
        crowd->opening++;
        link_open(link, crowd->depth);
    }
}

void crowd_opened(struct link *link) {
    struct crowd *crowd = link->owner;
    crowd->opening--;
    crowd->open++;
    if (crowd->waits) latencies_add(crowd->waits, now() - link->began);
    if (crowd->joined) crowd->joined(link);
    crowd_more(crowd);
}

void crowd_closed(struct link *link) {
    struct crowd *crowd = link->owner;
    if (link->wasOpen) {
        crowd->open--;
        crowd->lost++;
    } else {
        crowd->opening--;
        crowd->failures++;
    }
    crowd->retry[crowd->retries++] = link;
    crowd->notBefore = now() + 20 * MILLI;
}

bool crowd_complete(void *argument) {
    struct crowd *crowd = argument;
    crowd_more(crowd);
    return crowd->open == crowd->count;
}

void crowd_open(struct crowd *crowd, uint64_t seconds) {
    if (!loop_until_done(now() + seconds * SECOND, crowd_complete, crowd))
        fail("%u of %u connections to %s:%d stand after %lu s, %lu attempts failed", crowd->open, crowd->count,
             crowd->links->to->host, crowd->links->to->port, (unsigned long)seconds, (unsigned long)crowd->failures);
}

void crowd_cut(struct crowd *crowd) {
    for (uint32_t i = 0; i < crowd->count; i++) link_shut(&crowd->links[i]);
    crowd->next = crowd->opening = crowd->open = crowd->retries = 0;
}

const struct role BYSTANDER = {.opened = crowd_opened, .closed = crowd_closed};

// ---- streams ----

struct stamp {  // at the beginning of each payload
    uint32_t run, publisher, sequence, nothing;
    uint64_t due;
};

static struct stream *stream_of(struct crowd *crowd, bool publishes) {
    return (struct stream *)((char *)crowd - (publishes ? offsetof(struct stream, pub) : offsetof(struct stream, sub)));
}

static uint32_t fan(const struct stream *stream) { return stream->fanOut ? stream->subscribers : 1; }

static void topic_of(const struct stream *stream, uint32_t publisher, char topic[64]) {
    if (stream->fanOut) snprintf(topic, 64, "load/%08x/all", stream->run);
    else snprintf(topic, 64, "load/%08x/%u/%u", stream->run, publisher % stream->subscribers, publisher);
}

static void publish(struct stream *stream, uint32_t publisher, uint64_t due) {
    static const uint8_t FILLING[1 << 20] = {1};
    struct link *link = &stream->pub.links[publisher];
    struct track *track = &stream->tracks[publisher];
    char topic[64];
    topic_of(stream, publisher, topic);
    uint32_t topicLength = (uint32_t)strlen(topic), body = 2 + topicLength + (stream->qos ? 2 : 0) + stream->size;
    uint8_t *to = packet_begin(link, header_size(body) + body);
    to = header_write(to, (uint8_t)(PUBLISH | stream->qos << 1), body);
    *to++ = 0;
    *to++ = (uint8_t)topicLength;
    memcpy(to, topic, topicLength);
    to += topicLength;
    if (stream->qos) {
        if (!++track->identifier) track->identifier = 1;
        *to++ = (uint8_t)(track->identifier >> 8);
        *to++ = (uint8_t)track->identifier;
    }
    struct stamp stamp = {stream->run, publisher, track->sent++, 0, due};
    memcpy(to, &stamp, sizeof stamp);
    memcpy(to + sizeof stamp, FILLING, stream->size - sizeof stamp);
    packet_end(link);
    track->undelivered += fan(stream);
    track->unacknowledged += stream->qos ? 1 : 0;
    stream->sent++;
}

// A closed loop: the next burst of a publisher leaves when there is room for it among what is not delivered yet.
static void publish_more(struct stream *stream, uint32_t publisher) {
    if (!stream->running || stream->rate > 0 || stream->pub.links[publisher].step != OPEN) return;
    const struct track *track = &stream->tracks[publisher];
    uint32_t free = stream->window - stream->burst;
    if (track->undelivered > free * fan(stream) || track->unacknowledged > free) return;
    uint64_t time = now();
    for (uint32_t i = 0; i < stream->burst; i++) publish(stream, publisher, time);
}

// An open loop: what is due leaves, stamped with the time it was due.
static uint64_t publish_due(void *argument, uint64_t time) {
    struct stream *stream = argument;
    if (!stream->running || stream->rate <= 0) return UINT64_MAX;
    uint64_t gap = (uint64_t)(1e9 / stream->rate);
    if (stream->measuring && time > stream->due && time - stream->due > stream->late) stream->late = time - stream->due;
    for (; stream->due <= time; stream->due += gap) {
        uint32_t publisher = stream->turn++ % stream->publishers;
        if (stream->pub.links[publisher].step == OPEN) publish(stream, publisher, stream->due);
    }
    return stream->due;
}

static void check(struct stream *stream, struct link *link, const struct stamp *stamp) {
    if (stamp->run != stream->run || stamp->publisher >= stream->publishers ||
        (!stream->fanOut && stamp->publisher % stream->subscribers != link->number)) {
        stream->foreign++;
        return;
    }
    struct track *track = &stream->tracks[stream->fanOut ? link->number : stamp->publisher];
    uint32_t word = stamp->sequence / 64;
    if (word >= track->seenWords) {
        uint32_t words = track->seenWords;
        track->seen = grow(track->seen, (track->seenWords = 2 * word + 16) * sizeof *track->seen);
        memset(track->seen + words, 0, (track->seenWords - words) * sizeof *track->seen);
    }
    uint64_t bit = 1ull << (stamp->sequence % 64);
    if (track->seen[word] & bit) {
        stream->duplicates++;
        return;
    }
    track->seen[word] |= bit;
    if (stamp->sequence < track->next) stream->disordered++;
    else track->next = stamp->sequence + 1;
    stream->delivered++;
    stream->tracks[stamp->publisher].undelivered--;
    if (stream->measuring) {
        stream->measured++;
        latencies_add(stream->latencies, now() - stamp->due);
    }
    publish_more(stream, stamp->publisher);
}

static void subscriber_packet(struct link *link, uint8_t head, const uint8_t *body, uint32_t length) {
    struct stream *stream = stream_of(link->owner, false);
    if (head == SUBACK) {
        if (body[2] > 2) fail("a subscription was refused");
        stream->subscribed++;
        return;
    }
    if ((head & 0xf0) != PUBLISH) return;
    uint32_t topic = (uint32_t)(body[0] << 8 | body[1]), qos = (head >> 1) & 3, at = 2 + topic + (qos ? 2 : 0);
    if (qos) send_puback(link, (uint16_t)(body[at - 2] << 8 | body[at - 1]));
    struct stamp stamp;
    if (length < at || length - at != stream->size) {
        stream->foreign++;
        return;
    }
    memcpy(&stamp, body + at, sizeof stamp);
    check(stream, link, &stamp);
}

static void publisher_packet(struct link *link, uint8_t head, const uint8_t *body, uint32_t length) {
    (void)body;
    (void)length;
    struct stream *stream = stream_of(link->owner, true);
    if (head != PUBACK) return;
    stream->acked++;
    stream->tracks[link->number].unacknowledged--;
    publish_more(stream, link->number);
}

static const struct role SUBSCRIBER = {.opened = crowd_opened, .packet = subscriber_packet, .closed = crowd_closed};
static const struct role PUBLISHER = {.opened = crowd_opened, .packet = publisher_packet, .closed = crowd_closed};

static bool all_subscribed(void *argument) {
    struct stream *stream = argument;
    return stream->subscribed >= stream->subscribers;
}

void stream_open(struct stream *stream) {
    if (stream->size < sizeof(struct stamp)) stream->size = sizeof(struct stamp);
    if (stream->size > 1 << 20) fail("--size must be at most 1048576, not %u", stream->size);
    if (stream->burst > stream->window) fail("--burst must not be above --window");
    if (stream->fanOut) stream->publishers = 1;
    stream->run = (uint32_t)dice();
    uint32_t tracks = stream->publishers > stream->subscribers ? stream->publishers : stream->subscribers;
    stream->tracks = calloc(tracks, sizeof *stream->tracks);
    crowd_make(&stream->sub, stream->to, &SUBSCRIBER, "s", stream->subscribers, 32);
    crowd_make(&stream->pub, stream->to, &PUBLISHER, "p", stream->publishers, 32);
    crowd_open(&stream->sub, 30);
    crowd_open(&stream->pub, 30);
    for (uint32_t i = 0; i < stream->subscribers; i++) {
        char filter[64];
        if (stream->fanOut) topic_of(stream, 0, filter);
        else snprintf(filter, sizeof filter, "load/%08x/%u/+", stream->run, i);
        send_subscribe(&stream->sub.links[i], filter, stream->qos);
    }
    if (!loop_until_done(now() + 20 * SECOND, all_subscribed, stream)) fail("not all subscriptions were acknowledged");
    ticker_add(publish_due, stream);
}

void stream_start(struct stream *stream) {
    stream->running = true;
    stream->due = now();
    for (uint32_t i = 0; i < stream->publishers; i++) publish_more(stream, i);
}

void stream_measure(struct stream *stream, struct latencies *latencies) {
    stream->measuring = latencies != NULL;
    if (latencies) stream->latencies = latencies;
}

static bool all_delivered(void *argument) {
    struct stream *stream = argument;
    return stream->delivered == stream->sent * fan(stream) && (!stream->qos || stream->acked == stream->sent);
}

void stream_stop(struct stream *stream) {
    stream->running = stream->measuring = false;
    for (uint64_t before = UINT64_MAX; before != stream->delivered + stream->acked;) {
        before = stream->delivered + stream->acked;
        if (loop_until_done(now() + 2 * SECOND, all_delivered, stream)) return;
    }
}

struct account stream_account(const struct stream *stream) {
    return (struct account){.sent = stream->sent,
                            .lost = stream->sent * fan(stream) - stream->delivered,
                            .duplicates = stream->duplicates,
                            .disordered = stream->disordered,
                            .foreign = stream->foreign,
                            .disconnected = stream->pub.lost + stream->sub.lost,
                            .late = stream->late};
}

void account_json(const struct account *account) {
    json_number("sent", (double)account->sent);
    json_number("lost", (double)account->lost);
    json_number("duplicates", (double)account->duplicates);
    json_number("disordered", (double)account->disordered);
    json_number("foreign", (double)account->foreign);
    json_number("disconnected", (double)account->disconnected);
    json_number("late_max_us", (double)account->late / 1e3);
}

int account_faults(const struct account *account) {
    return account->lost || account->duplicates || account->disordered || account->foreign || account->disconnected;
}
