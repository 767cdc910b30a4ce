// SPDX-License-Identifier: Apache-2.0
//
// One connection to a broker, from the socket up to CONNACK, over TCP, TLS, WebSocket or both; and the one event loop.
// Everything runs in one thread. A role gets the callbacks and may shut or open any link in them.
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#define SECOND 1000000000ull
#define MILLI 1000000ull

// Where links go and how.
struct endpoint {
    const char *host;
    int port;
    bool tls;
    bool websocket;
    bool packed;  // several packets in one WebSocket frame, as many as are in one write
    const char *path;
    SSL_CTX *context;
};

enum step { CLOSED, OPENING_TCP, OPENING_TLS, OPENING_WEBSOCKET, OPENING_MQTT, OPEN };

// How far a link is opened before its role is told.
enum depth { TO_TCP, TO_TLS, TO_MQTT };

struct link;

struct role {
    void (*opened)(struct link *link);
    void (*packet)(struct link *link, uint8_t head, const uint8_t *body, uint32_t length);  // may be null
    void (*ticket)(struct link *link);  // the server sent a session to resume; may be null
    void (*closed)(struct link *link);  // by the other side, or by an error; not after shut()
};

struct link {
    int fd;
    uint16_t generation;  // rises with each close, so that late events and callers notice
    uint8_t step, depth;
    bool wasOpen;  // for closed(): whether opened() had been called
    bool dirty, blocked;
    bool keepsSession;  // of TLS
    bool keeps;         // its MQTT session stays when it goes
    uint8_t tickets;
    const struct endpoint *to;
    const struct role *role;
    SSL *ssl;
    SSL_SESSION *session;  // offered by the next opening when not null
    uint8_t *out;
    uint32_t outLength, outSent, outRoom, frameAt;
    uint8_t *in;  // the beginning of a packet, or of the answer to the upgrade
    uint32_t inLength;
    uint8_t frameHead[10], frameHeadLength;
    uint64_t frameLeft;
    uint64_t began;  // when opening began
    uint32_t number;
    void *owner;
    char id[24];
};

void loop_start(void);
// Handles what comes until the given time of the monotonic clock; calls due tickers.
void loop_until(uint64_t end);
// As loop_until(), and stops when enough() answers true. Answers whether it did.
bool loop_until_done(uint64_t end, bool (*enough)(void *), void *argument);
// A ticker is called in each turn and answers when it wants to be called again at the latest.
void ticker_add(uint64_t (*tick)(void *, uint64_t), void *argument);
void ticker_remove(void *argument);

void endpoint_prepare(struct endpoint *endpoint, const char *version);
void link_open(struct link *link, enum depth depth);
void link_shut(struct link *link);   // at once, without a farewell; the socket is reset
void link_leave(struct link *link);  // DISCONNECT, close_notify, close
void link_write(struct link *link, const void *bytes, uint32_t length);  // as they are, when opened to TO_TCP
void link_deafen(struct link *link);                                     // is never read again
bool link_alive(const struct link *link);                                // asks the socket, also of a deaf link

// A packet of exactly `size` bytes is written between these; it leaves at the end of the turn.
uint8_t *packet_begin(struct link *link, uint32_t size);
void packet_end(struct link *link);

// websocket.c
#define FRAME_HEAD 8  // reserved in front of each frame's payload
void websocket_ask(struct link *link);
// Length of the answer's head, 0 when it is not complete, -1 when it refuses.
int websocket_answer(const uint8_t *bytes, uint32_t length);
void frame_close(struct link *link);
// Takes the frames' payload out of `bytes`; answers its length, -1 for the end or what must not come.
int frame_strip(struct link *link, const uint8_t *bytes, uint32_t length, uint8_t *payload);

// mqtt.c
enum { CONNECT = 0x10, CONNACK = 0x20, PUBLISH = 0x30, PUBACK = 0x40, SUBACK = 0x90, PINGREQ = 0xc0, PINGRESP = 0xd0 };
void send_connect(struct link *link);
void send_subscribe(struct link *link, const char *filter, int qos);
void send_puback(struct link *link, uint16_t identifier);
void send_empty(struct link *link, uint8_t head);
// Reads a fixed header: its length, 0 when not complete, -1 when malformed.
int header_read(const uint8_t *bytes, uint32_t length, uint32_t *body);
uint8_t *header_write(uint8_t *to, uint8_t head, uint32_t body);
uint32_t header_size(uint32_t body);
