// SPDX-License-Identifier: Apache-2.0
//
// RFC 6455 as a client speaks it, without extensions.
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "link.h"
#include "measure.h"

// The key and the answer of the RFC's example: a load tool has no cache to outwit.
static const char KEY[] = "dGhlIHNhbXBsZSBub25jZQ==", ACCEPT[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

void websocket_ask(struct link *link) {
    char text[512];
    int length = snprintf(text, sizeof text,
                          "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n",
                          link->to->path, link->to->host, link->to->port, KEY);
    link_write(link, text, (uint32_t)length);
}

int websocket_answer(const uint8_t *bytes, uint32_t length) {
    const uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (!end) return length > 8192 ? -1 : 0;
    int head = (int)(end - bytes) + 4;
    bool agrees = head > 12 && !memcmp(bytes, "HTTP/1.1 101", 12);
    return agrees && memmem(bytes, (size_t)head, ACCEPT, sizeof ACCEPT - 1) ? head : -1;
}

// Writes the frame's head into the room that was left in front of its payload, and masks the payload.
void frame_close(struct link *link) {
    uint32_t at = link->frameAt, length = link->outLength - at - FRAME_HEAD;
    uint8_t *head = link->out + at, *payload = head + FRAME_HEAD;
    uint64_t mask = dice() & 0xffffffff;
    mask |= mask << 32;
    if (length < 126) {
        memmove(payload - 2, payload, length);
        payload -= 2;
        link->outLength -= 2;
        head[1] = (uint8_t)(0x80 | length);
    } else {
        head[1] = 0x80 | 126;
        head[2] = (uint8_t)(length >> 8);
        head[3] = (uint8_t)length;
    }
    head[0] = 0x82;  // the only frame of a binary message
    memcpy(payload - 4, &mask, 4);
    uint32_t i = 0;
    for (; i + 8 <= length; i += 8) {
        uint64_t word;
        memcpy(&word, payload + i, 8);
        word ^= mask;
        memcpy(payload + i, &word, 8);
    }
    for (; i < length; i++) payload[i] ^= (uint8_t)(mask >> (8 * (i & 7)));
    link->frameAt = UINT32_MAX;
}

int frame_strip(struct link *link, const uint8_t *bytes, uint32_t length, uint8_t *payload) {
    uint32_t taken = 0;
    while (length) {
        if (link->frameLeft) {
            uint32_t part = link->frameLeft < length ? (uint32_t)link->frameLeft : length;
            memcpy(payload + taken, bytes, part);
            taken += part;
            bytes += part;
            length -= part;
            link->frameLeft -= part;
            continue;
        }
        uint8_t *head = link->frameHead;
        head[link->frameHeadLength++] = *bytes++;
        length--;
        uint32_t size = link->frameHeadLength < 2 ? 2 : head[1] == 126 ? 4 : head[1] == 127 ? 10 : 2;
        if (link->frameHeadLength < size) continue;
        uint8_t kind = head[0] & 15;
        if (kind != 0 && kind != 2) return -1;  // only data is expected: 8 is the end
        link->frameLeft = head[1] == 126 ? (uint64_t)(head[2] << 8 | head[3]) : head[1];
        if (head[1] == 127) {
            link->frameLeft = 0;
            for (int i = 2; i < 10; i++) link->frameLeft = link->frameLeft << 8 | head[i];
        }
        link->frameHeadLength = 0;
    }
    return (int)taken;
}
