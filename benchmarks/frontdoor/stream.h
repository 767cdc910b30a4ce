// SPDX-License-Identifier: Apache-2.0
//
// Crowds of links that are opened a few at a time, and streams of messages whose every delivery is checked.
#pragma once

#include "link.h"
#include "measure.h"

// Links that are opened with a bounded number in progress, and again when that fails.
struct crowd {
    struct link *links;
    uint32_t count, next, opening, open, most;
    uint64_t failures, lost;
    struct link **retry;
    uint32_t retries;
    enum depth depth;
    void (*joined)(struct link *link);  // may be null
    struct latencies *waits;            // may be null; from the begin of the opening that succeeded
    uint64_t notBefore;  // when what failed is tried again
};
void crowd_make(struct crowd *crowd, const struct endpoint *to, const struct role *role, const char *kind,
                uint32_t count, uint32_t most);
void crowd_more(struct crowd *crowd);  // begins openings as far as allowed
void crowd_open(struct crowd *crowd, uint64_t seconds);  // and waits for all, or fails
void crowd_cut(struct crowd *crowd);   // resets all of them; crowd_more() brings them back
bool crowd_complete(void *crowd);
void crowd_opened(struct link *link);  // for roles: `owner` is the crowd
void crowd_closed(struct link *link);
extern const struct role BYSTANDER;  // connects, answers nothing

// What one publisher sent to one subscriber.
struct track {
    uint32_t sent, next, undelivered, unacknowledged;
    uint64_t *seen;
    uint32_t seenWords;
    uint16_t identifier;
};

// Fan-in: each subscriber has the publishers whose number leaves its own when divided by the number of subscribers.
// Fan-out: every subscriber has the one publisher.
struct stream {
    struct endpoint *to;
    bool fanOut;
    uint32_t publishers, subscribers, size, burst, window;
    int qos;
    double rate;  // messages a second, 0: a closed loop

    uint32_t run;
    struct crowd pub, sub;
    struct track *tracks;  // by publisher; of a fan-out by subscriber
    uint32_t subscribed;
    bool running, measuring;
    uint64_t due, late;
    uint32_t turn;
    uint64_t sent, delivered, acked, measured, duplicates, disordered, foreign;
    struct latencies *latencies;  // where measured deliveries go
};
void stream_open(struct stream *stream);
void stream_start(struct stream *stream);
void stream_measure(struct stream *stream, struct latencies *latencies);  // null: stop measuring
void stream_stop(struct stream *stream);  // and waits until all is delivered, or nothing comes any more

// What became of all that was sent, measured or not.
struct account {
    uint64_t sent, lost, duplicates, disordered, foreign, disconnected, late;
};
struct account stream_account(const struct stream *stream);
void account_json(const struct account *account);
int account_faults(const struct account *account);  // the exit status
