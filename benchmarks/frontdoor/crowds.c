// SPDX-License-Identifier: Apache-2.0
//
// idle: what a connection that does nothing costs. storm: all come back at once. slow-handshakes: many begin a
// handshake and leave it. In the last two, neighbours are measured.
#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "modes.h"

static uint64_t crowd_tick(void *crowd, uint64_t time) {
    crowd_more(crowd);
    return time + 10 * MILLI;
}

// ---- idle ----

int idle(void) {
    struct crowd crowd = {0};
    uint64_t before = resident_kib(options.pid);
    crowd_make(&crowd, &options.to, &BYSTANDER, "idle", options.count, options.concurrency);
    uint64_t began = now(), cpu = cpu_nanos(options.pid);
    crowd_open(&crowd, 120);
    double took = (double)(now() - began) / 1e9, brokerCpu = (double)(cpu_nanos(options.pid) - cpu) / 1e9;
    loop_until(now() + (uint64_t)(options.hold * 1e9));
    uint64_t first = resident_kib(options.pid);
    // A second time: what a runtime took for itself during the first storm is not the connections' own.
    crowd_cut(&crowd);
    loop_until(now() + (uint64_t)(options.hold * 1e9));
    uint64_t between = resident_kib(options.pid);
    crowd_open(&crowd, 120);
    loop_until(now() + (uint64_t)(options.hold * 1e9));
    uint64_t second = resident_kib(options.pid);
    json_head();
    json_number("connections", crowd.open);
    json_number("per_s", options.count / took);
    json_number("cpu_us", brokerCpu * 1e6 / options.count);
    json_number("resident_before_mib", (double)before / 1024);
    json_number("resident_held_mib", (double)first / 1024);
    json_number("resident_cut_mib", (double)between / 1024);
    json_number("resident_again_mib", (double)second / 1024);
    json_number("kib_each", ((double)first - (double)before) / options.count);
    json_number("kib_each_again", ((double)second - (double)before) / options.count);
    json_number("lost", (double)crowd.lost);
    json_end();
    return crowd.lost > 0;
}

// ---- storm ----

int storm(void) {
    static struct latencies waits;
    static struct crowd crowd;
    struct neighbours *neighbours = neighbours_start(false);
    crowd_make(&crowd, &options.to, &BYSTANDER, "storm", options.count, options.concurrency);
    if (options.to.tls)
        for (uint32_t i = 0; i < options.count; i++) crowd.links[i].keepsSession = options.resume;
    crowd_open(&crowd, 180);
    loop_until(now() + (uint64_t)(options.warm * 1e9));
    neighbours->phase = BEFORE;
    loop_until(now() + (uint64_t)(options.seconds * 1e9));
    crowd.lost = crowd.failures = 0;
    crowd.waits = &waits;
    neighbours->phase = DURING;
    uint64_t began = now(), cpu = cpu_nanos(options.pid), own = own_cpu_nanos();
    crowd_cut(&crowd);
    ticker_add(crowd_tick, &crowd);
    bool back = loop_until_done(now() + 120 * SECOND, crowd_complete, &crowd);
    double took = (double)(now() - began) / 1e9, brokerCpu = (double)(cpu_nanos(options.pid) - cpu) / 1e9;
    own = own_cpu_nanos() - own;
    neighbours_stop(neighbours);
    json_head();
    json_text("asked", options.resume ? "resumed" : "full");
    json_number("connections", options.count);
    json_number("back", crowd.open);
    json_number("all_back_s", took);
    json_number("cpu_us", brokerCpu * 1e6 / options.count);
    json_number("refused", (double)crowd.failures);
    json_latencies("opening_", &waits);
    json_number("own_cpu_share", (double)own / 1e9 / took);
    neighbours_json(neighbours);
    json_end();
    return !back || account_faults(&neighbours->account);
}

// ---- slow handshakes ----

static uint8_t hello[4096];
static uint32_t helloLength;
static void hello_make(void) {
    SSL *ssl = SSL_new(options.to.context);
    BIO *out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
    SSL_set_connect_state(ssl);
    SSL_do_handshake(ssl);
    ERR_clear_error();
    helloLength = (uint32_t)BIO_read(out, hello, sizeof hello) / 2;
    SSL_free(ssl);
}

static void greet_by_half(struct link *link) {
    if (options.half) link_write(link, hello, helloLength);
}

int slow_handshakes(void) {
    if (!options.to.tls) fail("slow-handshakes needs --transport tls or wss");
    hello_make();
    struct neighbours *neighbours = neighbours_start(true);
    loop_until(now() + (uint64_t)(options.warm * 1e9));
    neighbours->phase = BEFORE;
    loop_until(now() + (uint64_t)(options.seconds * 1e9));
    neighbours->phase = DURING;
    uint64_t resident = resident_kib(options.pid), most = resident, cpu = cpu_nanos(options.pid), refused = 0, shut = 0;
    uint32_t batch = options.concurrency < options.count ? options.concurrency : options.count, begun = 0;
    for (; begun < options.count; begun += batch) {
        struct crowd crowd = {.joined = greet_by_half};
        crowd_make(&crowd, &options.to, &BYSTANDER, "slow", batch, 200);
        crowd.depth = TO_TCP;
        crowd.joined = greet_by_half;
        ticker_add(crowd_tick, &crowd);
        uint64_t end = now() + (uint64_t)(options.hold * 1e9);
        loop_until_done(end, crowd_complete, &crowd);
        ticker_remove(&crowd);
        loop_until(end);
        uint64_t held = resident_kib(options.pid);
        if (held > most) most = held;
        refused += crowd.failures;
        shut += crowd.lost;
        crowd_cut(&crowd);
        loop_until(now() + SECOND / 5);
        free(crowd.links);
        free(crowd.retry);
    }
    uint64_t used = cpu_nanos(options.pid) - cpu;
    neighbours_stop(neighbours);
    json_head();
    json_text("sends", options.half ? "half a ClientHello" : "nothing");
    json_number("begun", begun);
    json_number("at_once", batch);
    json_number("refused", (double)refused);
    json_number("shut_by_broker", (double)shut);
    json_number("cpu_us", (double)used / 1e3 / begun);
    json_number("resident_before_mib", (double)resident / 1024);
    json_number("resident_most_mib", (double)most / 1024);
    json_number("kib_each", ((double)most - (double)resident) / batch);
    json_number("honest", (double)neighbours->honest[DURING].count);
    json_number("honest_failed", (double)neighbours->honestFailed);
    json_latencies("honest_before_", &neighbours->honest[BEFORE]);
    json_latencies("honest_during_", &neighbours->honest[DURING]);
    neighbours_json(neighbours);
    json_end();
    return account_faults(&neighbours->account);
}
