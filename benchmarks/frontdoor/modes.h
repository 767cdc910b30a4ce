// SPDX-License-Identifier: Apache-2.0
//
// What can be measured. Each mode prints one line of JSON.
#pragma once

#include "stream.h"

struct options {
    const char *mode, *broker, *row;
    int pid;  // of the broker; 0: its CPU and memory are not measured
    struct endpoint to, steady;
    const char *transport, *steadyTransport, *version;
    double seconds, warm, hold;
    uint32_t count, concurrency;
    uint32_t publishers, subscribers, size, burst, window, pings;
    int qos;
    double rate;
    bool resume, connect, half, flood;
};
extern struct options options;

int handshakes(void);
int fan_in(void);
int idle(void);
int storm(void);
int stall(void);
int slow_handshakes(void);

// A stream at a fixed rate and established clients that ping: what the others must not notice.
struct neighbours {
    struct stream stream;
    struct crowd clients;
    struct latencies *pings;
    uint64_t due, gap;
    uint64_t *asked;
    uint32_t next;
};
void neighbours_open(struct neighbours *neighbours);
// Measures into these from now on; null: not at all.
void neighbours_measure(struct neighbours *neighbours, struct latencies *deliveries, struct latencies *pings);
void neighbours_stop(struct neighbours *neighbours);
void neighbours_json(struct neighbours *neighbours);

int faults(const struct stream *stream);  // the exit status
void json_head(void);
