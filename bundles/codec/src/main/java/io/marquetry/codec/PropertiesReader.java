// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.marquetry.api.mqtt.UserProperty;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** Makes objects of properties that {@link PropertyScanner} has passed. */
final class PropertiesReader {
    private final ByteBuf buffer;
    private int at;

    private PropertiesReader(ByteBuf buffer, int at) {
        this.buffer = buffer;
        this.at = at;
    }

    static Properties read(ByteBuf buffer, int start, int end) {
        if (start == end) {
            return Properties.NONE;
        }
        return new PropertiesReader(buffer, start).readUntil(end);
    }

    private Properties readUntil(int end) {
        Properties.Builder builder = Properties.builder();
        while (at < end) {
            int id = buffer.getUnsignedByte(at++);
            Property property = Property.of(id);
            if (property == null) {
                throw new IllegalStateException("expected properties that were checked, got identifier " + id);
            }
            readValue(property, builder, end);
        }
        return builder.build();
    }

    private void readValue(Property property, Properties.Builder builder, int end) {
        switch (property.type()) {
            case BYTE -> {
                builder.with(property, buffer.getUnsignedByte(at));
                at++;
            }
            case TWO_BYTES -> {
                builder.with(property, buffer.getUnsignedShort(at));
                at += 2;
            }
            case FOUR_BYTES -> {
                builder.with(property, buffer.getUnsignedInt(at));
                at += 4;
            }
            case VARIABLE -> builder.withSubscriptionIdentifier(variable(end));
            case STRING -> builder.with(property, text());
            case BINARY -> builder.with(property, binary());
            case STRING_PAIR -> {
                String name = text();
                builder.with(new UserProperty(name, text()));
            }
        }
    }

    private int variable(int end) {
        int value = 0;
        for (int shift = 0; at < end; shift += 7) {
            int octet = buffer.getByte(at++);
            value |= (octet & 0x7F) << shift;
            if (octet >= 0) {
                break;
            }
        }
        return value;
    }

    private String text() {
        int length = buffer.getUnsignedShort(at);
        String text = buffer.toString(at + 2, length, StandardCharsets.UTF_8);
        at += 2 + length;
        return text;
    }

    private byte[] binary() {
        byte[] octets = new byte[buffer.getUnsignedShort(at)];
        buffer.getBytes(at + 2, octets);
        at += 2 + octets.length;
        return octets;
    }
}
