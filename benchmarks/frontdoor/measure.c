// SPDX-License-Identifier: Apache-2.0
#include "measure.h"

#include <dirent.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("frontdoor: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(2);
}

void *grow(void *memory, uint64_t size) {
    void *grown = realloc(memory, size);
    if (!grown) fail("no memory for %lu bytes", (unsigned long)size);
    return grown;
}

uint64_t dice(void) {  // xorshift: for masks and names, not for secrets
    static uint64_t state;
    if (!state) state = now() ^ ((uint64_t)getpid() << 32) ^ 0x9e3779b97f4a7c15ull;
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

// 64 buckets for each power of two from 64 ns on.
static uint32_t bucket_of(uint64_t nanos) {
    if (nanos < 64) return (uint32_t)nanos;
    uint32_t power = 63u - (uint32_t)__builtin_clzll(nanos);
    uint32_t bucket = (power - 5) * 64 + (uint32_t)((nanos >> (power - 6)) & 63);
    return bucket < 64 * 40 ? bucket : 64 * 40 - 1;
}

static double top_of(uint32_t bucket) {
    if (bucket < 64) return bucket;
    return ldexp(64 + bucket % 64 + 1, (int)(bucket / 64) - 1);
}

void latencies_add(struct latencies *latencies, uint64_t nanos) {
    latencies->bucket[bucket_of(nanos)]++;
    latencies->count++;
    if (nanos > latencies->most) latencies->most = nanos;
}

double latencies_micros(const struct latencies *latencies, double quantile) {
    uint64_t rank = (uint64_t)ceil(quantile * (double)latencies->count), seen = 0;
    for (uint32_t i = 0; i < 64 * 40; i++)
        if ((seen += latencies->bucket[i]) >= rank && seen) return fmin(top_of(i), (double)latencies->most) / 1e3;
    return 0;
}

// ---- processes ----

struct process {
    int pid, parent;
    uint64_t ticks, pages;
    bool counts;
};

static bool process_read(int pid, struct process *process) {
    char name[64], text[1024];
    snprintf(name, sizeof name, "/proc/%d/stat", pid);
    FILE *file = fopen(name, "r");
    if (!file) return false;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    char *fields = strrchr(text, ')');  // a name may hold spaces and parentheses
    unsigned long user, kernel, childUser, childKernel;
    long pages;
    int parent;
    const char *format = "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu %*d %*d %*d %*d %*u %*u %ld";
    if (!fields || sscanf(fields + 2, format, &parent, &user, &kernel, &childUser, &childKernel, &pages) != 6)
        return false;
    *process = (struct process){pid, parent, user + kernel + childUser + childKernel, (uint64_t)pages, false};
    return true;
}

static void tree_sum(int root, uint64_t *ticks, uint64_t *pages) {
    static struct process all[65536];
    int count = 0;
    *ticks = *pages = 0;
    if (root <= 0) return;
    DIR *proc = opendir("/proc");
    for (struct dirent *entry; proc && (entry = readdir(proc)) && count < 65536;)
        if (atoi(entry->d_name) > 0 && process_read(atoi(entry->d_name), &all[count])) count++;
    if (proc) closedir(proc);
    bool found = false;
    for (int i = 0; i < count; i++)
        if (all[i].pid == root) all[i].counts = found = true;
    if (!found) fail("the broker's process %d is gone", root);
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < count; i++)
            for (int j = 0; j < count && !all[i].counts; j++)
                if (all[j].counts && all[i].parent == all[j].pid) all[i].counts = more = true;
    }
    for (int i = 0; i < count; i++)
        if (all[i].counts) *ticks += all[i].ticks, *pages += all[i].pages;
}

uint64_t cpu_nanos(int pid) {
    uint64_t ticks, pages;
    tree_sum(pid, &ticks, &pages);
    return ticks * (1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK));
}

uint64_t resident_kib(int pid) {
    uint64_t ticks, pages;
    tree_sum(pid, &ticks, &pages);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

uint64_t own_cpu_nanos(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

// ---- JSON ----

static char line[16384];
static size_t lineLength;

static void json_add(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(line + lineLength, sizeof line - lineLength, format, arguments);
    va_end(arguments);
    if (added > 0 && lineLength + (size_t)added < sizeof line) lineLength += (size_t)added;
}

void json_text(const char *key, const char *value) {
    json_add("%s\"%s\": \"%s\"", lineLength ? ", " : "{", key, value);
}

void json_number(const char *key, double value) {
    json_add(value == floor(value) && fabs(value) < 1e15 ? "%s\"%s\": %.0f" : "%s\"%s\": %.3f", lineLength ? ", " : "{",
             key, isfinite(value) ? value : 0);
}

void json_latencies(const char *prefix, const struct latencies *latencies) {
    char key[64];
    const struct {
        const char *name;
        double quantile;
    } shown[] = {{"p50_us", 0.5}, {"p99_us", 0.99}, {"max_us", 1}};
    for (int i = 0; i < 3; i++) {
        snprintf(key, sizeof key, "%s%s", prefix, shown[i].name);
        json_number(key, latencies_micros(latencies, shown[i].quantile));
    }
}

void json_end(void) {
    printf("%s}\n", line);
    fflush(stdout);
}
