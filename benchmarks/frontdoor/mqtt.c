// SPDX-License-Identifier: Apache-2.0
//
// The few packets of MQTT 3.1.1 that a load consists of.
#include <string.h>

#include "link.h"

uint32_t header_size(uint32_t body) { return body < 128 ? 2 : body < 16384 ? 3 : body < 2097152 ? 4 : 5; }

uint8_t *header_write(uint8_t *to, uint8_t head, uint32_t body) {
    *to++ = head;
    do {
        *to++ = (uint8_t)((body & 127) | (body > 127 ? 128 : 0));
        body >>= 7;
    } while (body);
    return to;
}

int header_read(const uint8_t *bytes, uint32_t length, uint32_t *body) {
    *body = 0;
    for (uint32_t i = 1; i < 5; i++) {
        if (i >= length) return 0;
        *body |= (uint32_t)(bytes[i] & 127) << (7 * (i - 1));
        if (bytes[i] < 128) return (int)i + 1;
    }
    return -1;
}

static uint8_t *text_write(uint8_t *to, const char *text) {
    size_t length = strlen(text);
    to[0] = (uint8_t)(length >> 8);
    to[1] = (uint8_t)length;
    memcpy(to + 2, text, length);
    return to + 2 + length;
}

void send_connect(struct link *link) {
    uint32_t body = 10 + 2 + (uint32_t)strlen(link->id);
    uint8_t *to = header_write(packet_begin(link, header_size(body) + body), CONNECT, body);
    to = text_write(to, "MQTT");
    memcpy(to, link->keeps ? "\x04\x00\x00\x00" : "\x04\x02\x00\x00", 4);  // version 4, no keep alive
    text_write(to + 4, link->id);
    packet_end(link);
}

void send_subscribe(struct link *link, const char *filter, int qos) {
    uint32_t body = 2 + 2 + (uint32_t)strlen(filter) + 1;
    uint8_t *to = header_write(packet_begin(link, header_size(body) + body), 0x82, body);
    to[0] = 0;
    to[1] = 1;
    to = text_write(to + 2, filter);
    *to = (uint8_t)qos;
    packet_end(link);
}

void send_puback(struct link *link, uint16_t identifier) {
    uint8_t *to = packet_begin(link, 4);
    to[0] = PUBACK;
    to[1] = 2;
    to[2] = (uint8_t)(identifier >> 8);
    to[3] = (uint8_t)identifier;
    packet_end(link);
}

void send_empty(struct link *link, uint8_t head) {
    uint8_t *to = packet_begin(link, 2);
    to[0] = head;
    to[1] = 0;
    packet_end(link);
}
