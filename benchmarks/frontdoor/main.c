// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "modes.h"

struct options options = {
    .broker = "",
    .row = "",
    .transport = "tcp",
    .version = "1.3",
    .to = {.host = "127.0.0.1", .port = 1883, .path = "/mqtt"},
    .seconds = 3,
    .warm = 0.5,
    .hold = 2,
    .count = 5000,
    .concurrency = 32,
    .publishers = 200,
    .subscribers = 8,
    .size = 256,
    .burst = 10,
    .window = 20,
    .pings = 100,
    .turns = 4,
    .name = "keep",
    .each = 10,
};

static const struct {
    const char *name;
    int (*run)(void);
} MODES[] = {{"handshakes", handshakes}, {"fan-in", fan_in}, {"idle", idle},
             {"storm", storm},           {"stall", stall},   {"slow-handshakes", slow_handshakes},
             {"queue", queue},           {"drain", drain},   {"sessions", sessions},
             {"retain", retain},         {"search", search}};

static const char USAGE[] =
    "Usage: frontdoor MODE [options]\n"
    "\n"
    "Modes: handshakes, fan-in, idle, storm, stall, slow-handshakes; for sessions that stay: queue, drain, sessions;\n"
    "for retained messages: retain, search\n"
    "\n"
    "  --pid N               the broker's process: its CPU and memory, with those of its children\n"
    "  --transport T         tcp, tls, ws or wss (tcp)\n"
    "  --host A --port N     an IPv4 address (127.0.0.1:1883)\n"
    "  --path P              of the WebSocket (/mqtt)\n"
    "  --tls-version V       1.2 or 1.3 (1.3)\n"
    "  --packed              several packets in a WebSocket frame; else one\n"
    "  --warm S --seconds S  before measuring (0.5), measured (3); --hold S: how long connections are held (2)\n"
    "  --count N             connections of idle (5000), storm and slow-handshakes\n"
    "  --concurrency N       openings in progress (32); of slow-handshakes: how many are held at once\n"
    "  --resume              handshakes, storm: offer the session of the connection before\n"
    "  --connect             handshakes: with CONNECT and CONNACK\n"
    "  --half                slow-handshakes: send half a ClientHello; else nothing\n"
    "  --flood               stall: fill the buffers of the one that does not read first\n"
    "  --turns N             stall: how often without and with the one that does not read (4)\n"
    "  --publishers N --subscribers N --size B --qos Q        (200, 8, 256, 0)\n"
    "  --rate R              messages a second of all publishers; 0: a closed loop (0)\n"
    "  --burst N --window N  of a closed loop: messages in a write (10), not yet delivered of a publisher (20)\n"
    "  --pings R             neighbours' pings a second (100)\n"
    "  --steady-transport T --steady-port N                   where neighbours connect (as the others)\n"
    "  --offline             queue: clients of the sessions are away while there is published to them\n"
    "  --total N             queue: publish so many instead of for a time; drain: so many wait; retain, search: so many\n"
    "  --leave               queue, drain: leave the sessions as they are; else they end\n"
    "  --each N              sessions: messages for each of --count sessions (10)\n"
    "  --one-in-ten          search: subscribe to NAME/+/b, which one in ten matches, instead of NAME/#\n"
    "  --name N              of the sessions, so that drain finds those of queue (keep); retain, search: of the topics\n"
    "  --broker B --row R    words for the line of JSON\n"
    "\n"
    "Prints a line of JSON. Exit status: 0 clean, 1 something was lost, doubled, disordered or refused,\n"
    "2 not measured.\n";

enum option_key {
    PID = 256, TRANSPORT, HOST, PORT, PATH, VERSION, PACKED, WARM, SECONDS, HOLD, COUNT, CONCURRENCY, RESUME,
    WITH_CONNECT, HALF, FLOOD, PUBLISHERS, SUBSCRIBERS, SIZE, QOS, RATE, BURST, WINDOW, PINGS, STEADY_TRANSPORT,
    STEADY_PORT, TURNS, OFFLINE, TOTAL, LEAVE, EACH, ONE_IN_TEN, NAME, BROKER, ROW, HELP
};

static const struct option NAMES[] = {
    {"pid", 1, 0, PID}, {"transport", 1, 0, TRANSPORT}, {"host", 1, 0, HOST}, {"port", 1, 0, PORT},
    {"path", 1, 0, PATH},
    {"tls-version", 1, 0, VERSION}, {"packed", 0, 0, PACKED}, {"warm", 1, 0, WARM}, {"seconds", 1, 0, SECONDS},
    {"hold", 1, 0, HOLD}, {"count", 1, 0, COUNT}, {"concurrency", 1, 0, CONCURRENCY}, {"resume", 0, 0, RESUME},
    {"connect", 0, 0, WITH_CONNECT}, {"half", 0, 0, HALF}, {"flood", 0, 0, FLOOD}, {"publishers", 1, 0, PUBLISHERS},
    {"subscribers", 1, 0, SUBSCRIBERS}, {"size", 1, 0, SIZE}, {"qos", 1, 0, QOS}, {"rate", 1, 0, RATE},
    {"burst", 1, 0, BURST}, {"window", 1, 0, WINDOW}, {"pings", 1, 0, PINGS},
    {"steady-transport", 1, 0, STEADY_TRANSPORT}, {"steady-port", 1, 0, STEADY_PORT}, {"turns", 1, 0, TURNS},
    {"offline", 0, 0, OFFLINE}, {"total", 1, 0, TOTAL}, {"leave", 0, 0, LEAVE}, {"each", 1, 0, EACH},
    {"one-in-ten", 0, 0, ONE_IN_TEN}, {"name", 1, 0, NAME}, {"broker", 1, 0, BROKER},
    {"row", 1, 0, ROW}, {"help", 0, 0, HELP}, {0, 0, 0, 0}};

static double number(int key, double least, double most) {
    char *end;
    double value = strtod(optarg, &end);
    const char *name = "";
    for (const struct option *option = NAMES; option->name; option++)
        if (option->val == key) name = option->name;
    if (*end || end == optarg || !(value >= least && value <= most))
        fail("--%s must be a number from %.0f to %.0f, not %s", name, least, most, optarg);
    return value;
}

static void transport(struct endpoint *endpoint, const char *name) {
    endpoint->tls = !strcmp(name, "tls") || !strcmp(name, "wss");
    endpoint->websocket = !strcmp(name, "ws") || !strcmp(name, "wss");
    if (!endpoint->tls && !endpoint->websocket && strcmp(name, "tcp"))
        fail("a transport is tcp, tls, ws or wss, not %s", name);
}

static void take(int key) {
    switch (key) {
        case PID: options.pid = (int)number(key, 1, 1 << 22); break;
        case TRANSPORT: options.transport = optarg; break;
        case HOST: options.to.host = optarg; break;
        case PORT: options.to.port = (int)number(key, 1, 65535); break;
        case PATH: options.to.path = optarg; break;
        case VERSION: options.version = optarg; break;
        case PACKED: options.to.packed = true; break;
        case WARM: options.warm = number(key, 0, 3600); break;
        case SECONDS: options.seconds = number(key, 0, 3600); break;
        case HOLD: options.hold = number(key, 0, 3600); break;
        case COUNT: options.count = (uint32_t)number(key, 1, 1e6); break;
        case CONCURRENCY: options.concurrency = (uint32_t)number(key, 1, 1e6); break;
        case RESUME: options.resume = true; break;
        case WITH_CONNECT: options.connect = true; break;
        case HALF: options.half = true; break;
        case FLOOD: options.flood = true; break;
        case PUBLISHERS: options.publishers = (uint32_t)number(key, 1, 1e6); break;
        case SUBSCRIBERS: options.subscribers = (uint32_t)number(key, 1, 1e6); break;
        case SIZE: options.size = (uint32_t)number(key, 1, 1 << 20); break;
        case QOS: options.qos = (int)number(key, 0, 1); break;
        case RATE: options.rate = number(key, 0, 1e7); break;
        case BURST: options.burst = (uint32_t)number(key, 1, 60000); break;
        case WINDOW: options.window = (uint32_t)number(key, 1, 60000); break;
        case PINGS: options.pings = (uint32_t)number(key, 1, 1e6); break;
        case STEADY_TRANSPORT: options.steadyTransport = optarg; break;
        case STEADY_PORT: options.steady.port = (int)number(key, 1, 65535); break;
        case TURNS: options.turns = (uint32_t)number(key, 1, 1000); break;
        case OFFLINE: options.offline = true; break;
        case TOTAL: options.total = (uint64_t)number(key, 0, 1e9); break;
        case LEAVE: options.leave = true; break;
        case EACH: options.each = (uint32_t)number(key, 0, 1e6); break;
        case ONE_IN_TEN: options.oneInTen = true; break;
        case NAME: options.name = optarg; break;
        case BROKER: options.broker = optarg; break;
        case ROW: options.row = optarg; break;
        case HELP: fputs(USAGE, stdout); exit(0);
        default: fputs(USAGE, stderr); exit(2);
    }
}

void json_head(void) {
    json_text("row", options.row);
    json_text("broker", options.broker);
    json_text("mode", options.mode);
    json_text("transport", options.transport);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    for (int key; (key = getopt_long(argc, argv, "h", NAMES, NULL)) != -1;) take(key == 'h' ? HELP : key);
    if (optind != argc - 1) fail("expected one mode; --help names them");
    options.mode = argv[optind];
    transport(&options.to, options.transport);
    int steadyPort = options.steady.port;
    options.steady = options.to;
    if (steadyPort) options.steady.port = steadyPort;
    if (options.steadyTransport) transport(&options.steady, options.steadyTransport);
    endpoint_prepare(&options.to, options.version);
    endpoint_prepare(&options.steady, options.version);
    if (options.pid) resident_kib(options.pid);  // says so at once when there is no such process
    loop_start();
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++)
        if (!strcmp(MODES[i].name, options.mode)) return MODES[i].run();
    fail("no mode %s; --help names them", options.mode);
}
