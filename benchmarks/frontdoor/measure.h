// SPDX-License-Identifier: Apache-2.0
//
// Clock, latencies, what /proc says of the broker, and the line of JSON that a run ends with.
#pragma once

#include <stdbool.h>
#include <stdint.h>

uint64_t now(void);  // nanoseconds, monotonic
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void *grow(void *memory, uint64_t size);
uint64_t dice(void);

// Latencies in buckets of at most 1.6 % width.
struct latencies {
    uint32_t bucket[64 * 40];
    uint64_t count, most;
};
void latencies_add(struct latencies *latencies, uint64_t nanos);
double latencies_micros(const struct latencies *latencies, double quantile);

// Of a process and all its descendants.
uint64_t cpu_nanos(int pid);
uint64_t resident_kib(int pid);
uint64_t own_cpu_nanos(void);

void json_text(const char *key, const char *value);
void json_number(const char *key, double value);
void json_latencies(const char *prefix, const struct latencies *latencies);
void json_end(void);
