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
    uint32_t publishers, subscribers, size, burst, window, pings, turns;
    int qos;
    double rate;
    uint32_t each;
    uint64_t total;
    const char *name;  // of the sessions that stay
    bool resume, connect, half, flood, offline, leave, oneInTen;
};
extern struct options options;

int handshakes(void);
int fan_in(void);
int idle(void);
int storm(void);
int stall(void);
int slow_handshakes(void);
int queue(void);
int drain(void);
int sessions(void);
int retain(void);
int search(void);

void json_head(void);

// A stream at a fixed rate, established clients that ping, and one new client after the other: what others must not
// notice of a load. They are a process of their own, since the load keeps its own process busy.
enum phase { UNMEASURED, BEFORE, DURING, OVER };
struct neighbours {
    volatile enum phase phase;
    volatile bool ready;
    struct latencies deliveries[OVER], pings[OVER], honest[OVER];
    uint64_t pingsUnanswered, honestFailed;
    struct account account;
    int process;
};
struct neighbours *neighbours_start(bool honest);
void neighbours_stop(struct neighbours *neighbours);
void neighbours_json(const struct neighbours *neighbours);
