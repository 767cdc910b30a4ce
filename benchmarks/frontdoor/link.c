// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

enum { READ_SIZE = 1 << 16, PACKET_MOST = 1 << 21 };

static int epoll;
static struct link **dirty;
static uint32_t dirtyCount, dirtyRoom;
static struct {
    uint64_t (*tick)(void *, uint64_t);
    void *argument;
} tickers[8];
static int tickerCount;

static void advance(struct link *link);

// ---- what is watched ----

// The generation travels in the upper 16 bits of the pointer, which Linux leaves empty.
static void watch(struct link *link, int operation, uint32_t events) {
    struct epoll_event event = {events, {.u64 = (uint64_t)link->generation << 48 | (uint64_t)(uintptr_t)link}};
    if (epoll_ctl(epoll, operation, link->fd, &event)) fail("epoll: %s", strerror(errno));
}

static void block(struct link *link, bool blocked) {
    if (link->blocked == blocked) return;
    link->blocked = blocked;
    watch(link, EPOLL_CTL_MOD, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void release(struct link *link, bool reset) {
    if (link->step == CLOSED) return;
    struct linger linger = {1, 0};
    if (reset) setsockopt(link->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(link->fd);
    if (link->ssl) SSL_free(link->ssl);
    free(link->out);
    free(link->in);
    link->ssl = NULL;
    link->out = link->in = NULL;
    link->outLength = link->outSent = link->outRoom = link->inLength = link->frameHeadLength = 0;
    link->frameLeft = 0;
    link->frameAt = UINT32_MAX;
    link->blocked = link->dirty = false;
    link->wasOpen = link->step == OPEN;
    link->step = CLOSED;
    link->generation++;
}

static void broken(struct link *link) {
    ERR_clear_error();
    if (link->step == CLOSED) return;
    release(link, false);
    if (link->role->closed) link->role->closed(link);
}

void link_shut(struct link *link) { release(link, true); }

// ---- writing ----

static void flush(struct link *link) {
    if (link->step == CLOSED || link->blocked) return;
    if (link->frameAt != UINT32_MAX) frame_close(link);
    while (link->outSent < link->outLength) {
        uint32_t left = link->outLength - link->outSent;
        ssize_t sent;
        if (link->ssl) {
            int result = SSL_write(link->ssl, link->out + link->outSent, (int)left);
            int error = result > 0 ? 0 : SSL_get_error(link->ssl, result);
            if (error == SSL_ERROR_WANT_WRITE) return block(link, true);
            if (error) return broken(link);
            sent = result;
        } else {
            sent = send(link->fd, link->out + link->outSent, left, MSG_NOSIGNAL);
            if (sent < 0 && errno == EAGAIN) return block(link, true);
            if (sent < 0) return broken(link);
        }
        link->outSent += (uint32_t)sent;
    }
    link->outSent = link->outLength = 0;
    block(link, false);
}

static void mark_dirty(struct link *link) {
    if (link->dirty) return;
    link->dirty = true;
    if (dirtyCount == dirtyRoom) dirty = grow(dirty, (dirtyRoom = dirtyRoom ? 2 * dirtyRoom : 1024) * sizeof *dirty);
    dirty[dirtyCount++] = link;
}

static void flush_all(void) {
    for (uint32_t i = 0; i < dirtyCount; i++) {
        struct link *link = dirty[i];
        if (!link->dirty) continue;
        link->dirty = false;
        flush(link);
    }
    dirtyCount = 0;
}

static uint8_t *room(struct link *link, uint32_t size) {
    if (link->outLength + size > link->outRoom) {
        link->outRoom = link->outRoom ? link->outRoom : 256;
        while (link->outRoom < link->outLength + size) link->outRoom *= 2;
        link->out = grow(link->out, link->outRoom);
    }
    link->outLength += size;
    mark_dirty(link);
    return link->out + link->outLength - size;
}

uint8_t *packet_begin(struct link *link, uint32_t size) {
    if (link->to->websocket) {
        bool full = link->frameAt != UINT32_MAX && link->outLength - link->frameAt + size > 60000;
        if (full) frame_close(link);
        if (link->frameAt == UINT32_MAX) {
            room(link, FRAME_HEAD);
            link->frameAt = link->outLength - FRAME_HEAD;
        }
    }
    return room(link, size);
}

void packet_end(struct link *link) {
    if (link->frameAt != UINT32_MAX && !link->to->packed) frame_close(link);
}

void link_write(struct link *link, const void *bytes, uint32_t length) { memcpy(room(link, length), bytes, length); }

void link_leave(struct link *link) {
    if (link->step == OPEN && link->depth == TO_MQTT) {
        send_empty(link, 0xe0);
        flush(link);
    }
    if (link->ssl && link->step > OPENING_TLS) SSL_shutdown(link->ssl);
    ERR_clear_error();
    release(link, false);
}

// ---- reading ----

// Hands each whole packet over; answers what is left of the bytes, or UINT32_MAX when the link was closed meanwhile.
static uint32_t take_packets(struct link *link, uint8_t *bytes, uint32_t length) {
    uint16_t generation = link->generation;
    uint32_t at = 0, body;
    while (at < length) {
        int head = header_read(bytes + at, length - at, &body);
        if (head < 0 || body > PACKET_MOST) {
            broken(link);
            return UINT32_MAX;
        }
        if (!head || at + (uint32_t)head + body > length) break;
        const uint8_t *packet = bytes + at;
        at += (uint32_t)head + body;
        if (link->step == OPENING_MQTT) {
            if (packet[0] != CONNACK || body != 2 || packet[3] != 0) {
                broken(link);
                return UINT32_MAX;
            }
            link->step = OPEN;
            link->role->opened(link);
        } else if (link->role->packet) {
            link->role->packet(link, packet[0], packet + head, body);
        }
        if (link->generation != generation) return UINT32_MAX;
    }
    memmove(bytes, bytes + at, length - at);
    return length - at;
}

static ssize_t receive(struct link *link, uint8_t *to, uint32_t size) {
    if (!link->ssl) return recv(link->fd, to, size, 0);
    int result = SSL_read(link->ssl, to, (int)size);
    if (result > 0) return result;
    errno = SSL_get_error(link->ssl, result) == SSL_ERROR_WANT_READ ? EAGAIN : EIO;
    return errno == EAGAIN ? -1 : 0;
}

static void readable(struct link *link) {
    static uint8_t raw[2 * READ_SIZE], plain[PACKET_MOST + 2 * READ_SIZE];
    uint16_t generation = link->generation;
    uint32_t held = link->inLength;
    if (held) memcpy(plain, link->in, held);
    bool more = true;
    while (more) {
        bool framed = link->depth == TO_MQTT && link->to->websocket && link->step > OPENING_WEBSOCKET;
        uint8_t tickets = link->tickets;
        ssize_t got = receive(link, framed ? raw : plain + held, READ_SIZE);
        if (link->tickets != tickets && link->role->ticket) link->role->ticket(link);
        if (link->generation != generation) return;
        if (got < 0 && errno == EAGAIN) break;
        if (got <= 0) return broken(link);
        more = link->ssl ? SSL_has_pending(link->ssl) : got == READ_SIZE;
        if (link->step == OPENING_WEBSOCKET) {
            held += (uint32_t)got;
            int head = websocket_answer(plain, held);
            if (head < 0) return broken(link);
            if (!head) continue;
            memcpy(raw, plain + head, got = held - (uint32_t)head);
            held = 0;
            link->step = OPENING_MQTT;
            send_connect(link);
            framed = true;
        }
        if (framed) {
            int stripped = frame_strip(link, raw, (uint32_t)got, plain + held);
            if (stripped < 0) return broken(link);
            got = stripped;
        }
        if (link->depth != TO_MQTT) continue;  // nothing is expected; what comes is thrown away
        held = take_packets(link, plain, held + (uint32_t)got);
        if (held == UINT32_MAX) return;
    }
    if (held > link->inLength) link->in = grow(link->in, held);
    if (held) memcpy(link->in, plain, held);
    link->inLength = held;
}

void link_deafen(struct link *link) { epoll_ctl(epoll, EPOLL_CTL_DEL, link->fd, NULL); }

bool link_alive(const struct link *link) {
    struct pollfd poll_ = {link->fd, POLLRDHUP, 0};
    return link->step != CLOSED && poll(&poll_, 1, 0) == 0;
}

// ---- opening ----

static int keep_session(SSL *ssl, SSL_SESSION *session) {
    struct link *link = SSL_get_app_data(ssl);
    link->tickets++;
    if (!link->keepsSession) return 0;
    if (link->session) SSL_SESSION_free(link->session);
    link->session = session;
    return 1;
}

// A server of TLS 1.2 may send another ticket when a session goes on. OpenSSL marks the session of before as one that
// cannot be resumed then, and tells nobody of the one that takes its place.
static void renew_session(struct link *link) {
    if (!link->keepsSession || SSL_version(link->ssl) >= TLS1_3_VERSION || !SSL_session_reused(link->ssl)) return;
    SSL_SESSION_free(link->session);
    link->session = SSL_get1_session(link->ssl);
}

void endpoint_prepare(struct endpoint *endpoint, const char *version) {
    if (!endpoint->tls) return;
    SSL_CTX *context = endpoint->context = SSL_CTX_new(TLS_client_method());
    int number = !strcmp(version, "1.2") ? TLS1_2_VERSION : !strcmp(version, "1.3") ? TLS1_3_VERSION : 0;
    if (!number) fail("--tls-version must be 1.2 or 1.3, not %s", version);
    SSL_CTX_set_min_proto_version(context, number);
    SSL_CTX_set_max_proto_version(context, number);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);  // the chain is not the load; the signature is checked anyway
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_session);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set1_groups_list(context, "X25519:P-256");
}

void link_open(struct link *link, enum depth depth) {
    link->frameAt = UINT32_MAX;
    link->depth = (uint8_t)depth;
    link->tickets = 0;
    link->began = now();
    link->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (link->fd < 0) fail("socket: %s; see ulimit -n", strerror(errno));
    link->step = OPENING_TCP;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)link->to->port)};
    if (inet_pton(AF_INET, link->to->host, &address.sin_addr) != 1) fail("not an IPv4 address: %s", link->to->host);
    int one = 1;
    setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    bool refused = connect(link->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS;
    if (refused && errno == EADDRNOTAVAIL) fail("no local port is left for a connection; wait a minute, or open fewer");
    link->blocked = true;
    watch(link, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);  // a refusal comes as an event as well
}

static void begin_tls(struct link *link) {
    link->ssl = SSL_new(link->to->context);
    SSL_set_fd(link->ssl, link->fd);
    SSL_set_app_data(link->ssl, link);
    if (link->session) SSL_set_session(link->ssl, link->session);
    SSL_set_connect_state(link->ssl);
}

static void advance(struct link *link) {
    if (link->step == OPENING_TCP) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error) return broken(link);
        block(link, false);
        if (link->depth == TO_TCP) {
            link->step = OPEN;
            return link->role->opened(link);
        }
        link->step = OPENING_TLS;
        if (link->to->tls) begin_tls(link);
    }
    if (link->ssl) {
        int result = SSL_do_handshake(link->ssl);
        int error = result == 1 ? 0 : SSL_get_error(link->ssl, result);
        if (error == SSL_ERROR_WANT_READ) return block(link, false);
        if (error == SSL_ERROR_WANT_WRITE) return block(link, true);
        if (error) return broken(link);
        block(link, false);
        renew_session(link);
    }
    if (link->depth == TO_TLS) {
        link->step = OPEN;
        return link->role->opened(link);
    }
    link->step = link->to->websocket ? OPENING_WEBSOCKET : OPENING_MQTT;
    if (link->to->websocket) websocket_ask(link);
    else send_connect(link);
}

// ---- the loop ----

void loop_start(void) { epoll = epoll_create1(EPOLL_CLOEXEC); }

void ticker_add(uint64_t (*tick)(void *, uint64_t), void *argument) {
    tickers[tickerCount].tick = tick;
    tickers[tickerCount++].argument = argument;
}

void ticker_remove(void *argument) {
    for (int i = tickerCount - 1; i >= 0; i--)
        if (tickers[i].argument == argument) tickers[i] = tickers[--tickerCount];
}

static void turn(uint64_t until) {
    struct epoll_event events[512];
    uint64_t time = now(), wait = until > time ? until - time : 0;
    struct timespec timeout = {(time_t)(wait / SECOND), (long)(wait % SECOND)};
    int count = epoll_pwait2(epoll, events, 512, &timeout, NULL);
    for (int i = 0; i < count; i++) {
        struct link *link = (struct link *)(uintptr_t)(events[i].data.u64 & 0xffffffffffffull);
        uint16_t generation = (uint16_t)(events[i].data.u64 >> 48);
        if (link->step == CLOSED || link->generation != generation) continue;
        if (link->step <= OPENING_TLS) {
            advance(link);
            // What came right behind the handshake may lie inside OpenSSL already, where epoll does not see it.
            if (link->generation != generation || !link->ssl || link->step <= OPENING_TLS) continue;
            if (SSL_has_pending(link->ssl)) readable(link);
            continue;
        }
        if (events[i].events & EPOLLOUT) {
            link->blocked = false;
            flush(link);
            if (link->generation != generation) continue;
            if (!link->blocked) watch(link, EPOLL_CTL_MOD, EPOLLIN);
        }
        if (events[i].events & ~(uint32_t)EPOLLOUT) readable(link);
    }
    flush_all();
}

bool loop_until_done(uint64_t end, bool (*enough)(void *), void *argument) {
    for (uint64_t time = now(); time < end; time = now()) {
        if (enough && enough(argument)) return true;
        uint64_t next = time + 10 * MILLI < end ? time + 10 * MILLI : end;
        for (int i = 0; i < tickerCount; i++) {
            uint64_t wanted = tickers[i].tick(tickers[i].argument, time);
            if (wanted < next) next = wanted;
        }
        flush_all();
        turn(next);
    }
    return enough && enough(argument);
}

void loop_until(uint64_t end) { loop_until_done(end, NULL, NULL); }
