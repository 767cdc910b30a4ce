// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static io.marquetry.codec.ProtocolException.malformed;
import static io.marquetry.codec.ProtocolException.protocolError;

import io.marquetry.api.mqtt.ReasonCode;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Checks properties where they lie, without making an object. Every rule about properties that needs no knowledge of
 * the session is kept here; {@link PropertiesReader} reads only what has passed.
 */
final class PropertyScanner {
    private PropertyScanner() {}

    /**
     * Checks the properties between two indexes.
     *
     * @param view takes the topic alias and the message expiry interval; null when the packet is not a PUBLISH
     * @return the properties that are present, a bit for each identifier
     */
    static long scan(
            ByteBuf buffer, int start, int end, PropertyPlace place, boolean strict, @Nullable PublishView view)
            throws ProtocolException {
        long seen = 0;
        int at = start;
        while (at < end) {
            Property property = Property.of(buffer.getUnsignedByte(at));
            if (property == null || !place.allows(property)) {
                throw notAllowed(buffer.getUnsignedByte(at), property, place);
            }
            long bit = PropertyPlace.bit(property);
            if ((seen & bit) != 0 && !place.repeats(property)) {
                throw protocolError("expected " + property + " once in " + place + ", got it twice");
            }
            seen |= bit;
            int next = value(buffer, property, at + 1, end, strict);
            if (view != null) {
                note(view, property, at);
            }
            at = next;
        }
        return seen;
    }

    /** Checks a value and returns the index behind it. */
    private static int value(ByteBuf buffer, Property property, int at, int end, boolean strict)
            throws ProtocolException {
        return switch (property.type()) {
            case BYTE -> {
                int next = advance(at, 1, end, property);
                int octet = buffer.getUnsignedByte(at);
                // Every property of one byte is a switch.
                if (octet > 1) {
                    throw protocolError("expected 0 or 1 as " + property + ", got " + octet);
                }
                yield next;
            }
            case TWO_BYTES -> {
                int next = advance(at, 2, end, property);
                if (buffer.getShort(at) == 0) {
                    refuseZero(property);
                }
                yield next;
            }
            case FOUR_BYTES -> {
                int next = advance(at, 4, end, property);
                if (buffer.getInt(at) == 0) {
                    refuseZero(property);
                }
                yield next;
            }
            case VARIABLE -> {
                int packed = Varint.read(buffer, at, end, strict);
                if (Varint.value(packed) == 0) {
                    refuseZero(property);
                }
                yield at + Varint.bytes(packed);
            }
            case BINARY -> lengthPrefixed(buffer, at, end, property);
            case STRING -> {
                int next = text(buffer, at, end, property, strict);
                // [MQTT-3.3.2-14]; section 3.1.3.2.6 for wills
                if (property == Property.RESPONSE_TOPIC && TopicBytes.hasWildcard(buffer, at + 2, next - at - 2)) {
                    throw protocolError("expected a response topic without wildcards");
                }
                yield next;
            }
            case STRING_PAIR -> text(buffer, text(buffer, at, end, property, strict), end, property, strict);
        };
    }

    private static void note(PublishView view, Property property, int at) {
        if (property == Property.TOPIC_ALIAS) {
            view.topicAlias = view.buffer.getUnsignedShort(at + 1);
            view.topicAliasAt = at;
        } else if (property == Property.MESSAGE_EXPIRY_INTERVAL) {
            view.messageExpirySeconds = view.buffer.getUnsignedInt(at + 1);
            view.messageExpiryAt = at;
        }
    }

    private static int text(ByteBuf buffer, int at, int end, Property property, boolean strict)
            throws ProtocolException {
        int next = lengthPrefixed(buffer, at, end, property);
        if (strict && !Utf8.isValid(buffer, at + 2, next - at - 2)) {
            throw malformed("expected well-formed UTF-8 as " + property);
        }
        return next;
    }

    private static int lengthPrefixed(ByteBuf buffer, int at, int end, Property property) throws ProtocolException {
        int start = advance(at, 2, end, property);
        return advance(start, buffer.getUnsignedShort(at), end, property);
    }

    private static int advance(int at, int size, int end, Property property) throws ProtocolException {
        if (end - at < size) {
            throw malformed("expected " + size + " bytes of " + property + ", got " + (end - at));
        }
        return at + size;
    }

    private static void refuseZero(Property property) throws ProtocolException {
        switch (property) {
            case RECEIVE_MAXIMUM, MAXIMUM_PACKET_SIZE, SUBSCRIPTION_IDENTIFIER ->
                throw protocolError("expected a number above 0 as " + property);
            case TOPIC_ALIAS ->
                throw new ProtocolException( // [MQTT-3.3.2-8]
                        ReasonCode.TOPIC_ALIAS_INVALID, "expected a topic alias above 0");
            default -> {}
        }
    }

    private static ProtocolException notAllowed(int id, @Nullable Property property, PropertyPlace place) {
        return malformed(
                property == null
                        ? "expected a property, got the unknown identifier " + id
                        : "expected no " + property + " in " + place); // [MQTT-2.2.2.2]
    }
}
