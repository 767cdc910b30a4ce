// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import static io.marquetry.itests.support.Property.ASSIGNED_CLIENT_ID;
import static io.marquetry.itests.support.Property.AUTH_DATA;
import static io.marquetry.itests.support.Property.AUTH_METHOD;
import static io.marquetry.itests.support.Property.CONTENT_TYPE;
import static io.marquetry.itests.support.Property.CORRELATION_DATA;
import static io.marquetry.itests.support.Property.MAXIMUM_PACKET_SIZE;
import static io.marquetry.itests.support.Property.MAXIMUM_QOS;
import static io.marquetry.itests.support.Property.MESSAGE_EXPIRY;
import static io.marquetry.itests.support.Property.PAYLOAD_FORMAT;
import static io.marquetry.itests.support.Property.REASON_STRING;
import static io.marquetry.itests.support.Property.RECEIVE_MAXIMUM;
import static io.marquetry.itests.support.Property.RESPONSE_INFO;
import static io.marquetry.itests.support.Property.RESPONSE_TOPIC;
import static io.marquetry.itests.support.Property.RETAIN_AVAILABLE;
import static io.marquetry.itests.support.Property.SERVER_KEEP_ALIVE;
import static io.marquetry.itests.support.Property.SERVER_REFERENCE;
import static io.marquetry.itests.support.Property.SESSION_EXPIRY;
import static io.marquetry.itests.support.Property.SHARED_AVAILABLE;
import static io.marquetry.itests.support.Property.SUBSCRIPTION_ID;
import static io.marquetry.itests.support.Property.SUBSCRIPTION_ID_AVAILABLE;
import static io.marquetry.itests.support.Property.TOPIC_ALIAS;
import static io.marquetry.itests.support.Property.TOPIC_ALIAS_MAXIMUM;
import static io.marquetry.itests.support.Property.USER;
import static io.marquetry.itests.support.Property.WILDCARD_AVAILABLE;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Reads what the broker sent and checks what holds for every packet of a server: flags, length, a packet type that a
 * server may send, reason codes and properties that belong to the packet, packet identifiers that are not 0.
 */
public final class ReceivedParser {
    private static final Set<Property> CONNACK = EnumSet.of(
            SESSION_EXPIRY,
            RECEIVE_MAXIMUM,
            MAXIMUM_QOS,
            RETAIN_AVAILABLE,
            MAXIMUM_PACKET_SIZE,
            ASSIGNED_CLIENT_ID,
            TOPIC_ALIAS_MAXIMUM,
            REASON_STRING,
            USER,
            WILDCARD_AVAILABLE,
            SUBSCRIPTION_ID_AVAILABLE,
            SHARED_AVAILABLE,
            SERVER_KEEP_ALIVE,
            RESPONSE_INFO,
            SERVER_REFERENCE,
            AUTH_METHOD,
            AUTH_DATA);
    private static final Set<Property> PUBLISH = EnumSet.of(
            PAYLOAD_FORMAT,
            MESSAGE_EXPIRY,
            TOPIC_ALIAS,
            RESPONSE_TOPIC,
            CORRELATION_DATA,
            USER,
            SUBSCRIPTION_ID,
            CONTENT_TYPE);
    private static final Set<Property> ACK = EnumSet.of(REASON_STRING, USER);
    private static final Set<Property> DISCONNECT = EnumSet.of(REASON_STRING, USER, SERVER_REFERENCE);
    private static final Set<Property> AUTH = EnumSet.of(AUTH_METHOD, AUTH_DATA, REASON_STRING, USER);

    private static final Set<Integer> PUBLISH_REASONS = Set.of(0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99);
    private static final Set<Integer> RELEASE_REASONS = Set.of(0x00, 0x92);
    private static final Set<Integer> SUBACK_REASONS =
            Set.of(0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2);
    private static final Set<Integer> UNSUBACK_REASONS = Set.of(0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91);
    private static final Set<Integer> CONNACK_REASONS = Set.of(
            0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A,
            0x9B, 0x9C, 0x9D, 0x9F);
    private static final Set<Integer> DISCONNECT_REASONS = Set.of(
            0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98,
            0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2);
    private static final Set<Integer> AUTH_REASONS = Set.of(0x00, 0x18);
    private static final Set<Integer> SUBACK_CODES_3 = Set.of(0x00, 0x01, 0x02, 0x80);
    private static final Set<Integer> CONNACK_CODES = Set.of(0, 1, 2, 3, 4, 5, 0x84);

    private final Version version;
    private final FrameBody in;

    private ReceivedParser(Version version, FrameBody in) {
        this.version = version;
        this.in = in;
    }

    /**
     * Reads one packet.
     *
     * @param first the first byte of the packet
     * @param bytes everything behind the Remaining Length
     */
    /** Reads the packet with this first byte and these bytes behind its Remaining Length. */
    public static Received parse(int first, byte[] bytes, Version version) {
        ReceivedParser parser = new ReceivedParser(version, new FrameBody(bytes));
        int type = first >> 4;
        int flags = first & 0x0F;
        Received packet = type == 3 ? parser.publish(flags) : parser.other(first);
        if (type != 3 && flags != (type == 6 ? 2 : 0)) {
            throw wrong("The first byte of %s is 0x%02X: its flags are wrong", packet, first);
        }
        parser.in.end();
        return packet;
    }

    private Received other(int first) {
        return switch (first >> 4) {
            case 2 -> connack();
            case 4 -> {
                Ack ack = ack(PUBLISH_REASONS);
                yield new Received.Puback(ack.id, ack.code, ack.props);
            }
            case 5 -> {
                Ack ack = ack(PUBLISH_REASONS);
                yield new Received.Pubrec(ack.id, ack.code, ack.props);
            }
            case 6 -> {
                Ack ack = ack(RELEASE_REASONS);
                yield new Received.Pubrel(ack.id, ack.code, ack.props);
            }
            case 7 -> {
                Ack ack = ack(RELEASE_REASONS);
                yield new Received.Pubcomp(ack.id, ack.code, ack.props);
            }
            case 9 -> {
                int id = id();
                Props props = props(ACK);
                yield new Received.Suback(id, codes(version == Version.V5 ? SUBACK_REASONS : SUBACK_CODES_3), props);
            }
            case 11 -> {
                int id = id();
                Props props = props(ACK);
                yield new Received.Unsuback(id, codes(UNSUBACK_REASONS), props);
            }
            case 13 -> new Received.Pingresp();
            case 14 -> {
                onlyInV5("DISCONNECT");
                int code = in.hasMore() ? code(in.u8(), DISCONNECT_REASONS) : 0;
                yield new Received.Disconnect(code, in.hasMore() ? props(DISCONNECT) : Props.none());
            }
            case 15 -> {
                onlyInV5("AUTH");
                int code = in.hasMore() ? code(in.u8(), AUTH_REASONS) : 0;
                yield new Received.Auth(code, in.hasMore() ? props(AUTH) : Props.none());
            }
            default -> throw wrong("0x%02X begins no packet that a server may send", first);
        };
    }

    private Received connack() {
        int flags = in.u8();
        if (flags > 1) { // [MQTT-3.2.2-1]
            throw wrong("The acknowledge flags of CONNACK are 0x%02X", flags);
        }
        int code = in.u8();
        // A server that does not know the version of the CONNECT may answer in the form of 3.1.1.
        boolean shortForm = version == Version.V5 && code != 0 && !in.hasMore();
        code(code, version == Version.V5 && !shortForm ? CONNACK_REASONS : CONNACK_CODES);
        Props props = shortForm ? Props.none() : props(CONNACK);
        return new Received.Connack(flags == 1, code, props);
    }

    private Received publish(int flags) {
        int qos = (flags >> 1) & 3;
        String topic = in.text();
        if (qos == 3) { // [MQTT-3.3.1-4]
            throw wrong("A PUBLISH on %s has QoS 3", topic);
        }
        if (qos == 0 && (flags & 8) != 0) { // [MQTT-3.3.1-2]
            throw wrong("A PUBLISH on %s has DUP with QoS 0", topic);
        }
        int id = qos > 0 ? id() : 0;
        Props props = props(PUBLISH);
        return new Received.Publish((flags & 8) != 0, qos, (flags & 1) != 0, topic, id, props, in.rest());
    }

    private record Ack(int id, int code, Props props) {}

    private Ack ack(Set<Integer> reasons) {
        int id = id();
        int code = version == Version.V5 && in.hasMore() ? code(in.u8(), reasons) : 0;
        return new Ack(id, code, in.hasMore() ? props(ACK) : Props.none());
    }

    private List<Integer> codes(Set<Integer> allowed) {
        List<Integer> codes = new ArrayList<>();
        while (in.hasMore()) {
            codes.add(code(in.u8(), allowed));
        }
        return codes;
    }

    private int id() {
        int id = in.u16();
        if (id == 0) { // [MQTT-2.2.1-4]
            throw wrong("A packet identifier is 0");
        }
        return id;
    }

    private Props props(Set<Property> allowed) {
        if (!version.hasProperties()) {
            return Props.none();
        }
        Props props = Props.read(in);
        for (Property property : Property.values()) {
            if (props.has(property) && !allowed.contains(property)) {
                throw wrong("%s does not belong into this packet: %s", property, props);
            }
        }
        return props;
    }

    private void onlyInV5(String name) {
        if (version != Version.V5) {
            throw wrong("%s was sent to a client of %s", name, version);
        }
    }

    private static int code(int code, Set<Integer> allowed) {
        if (!allowed.contains(code)) {
            throw wrong("0x%02X is not a reason code of this packet", code);
        }
        return code;
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more library
    private static AssertionError wrong(String message, Object... arguments) {
        return new AssertionError("The broker broke the protocol. " + message.formatted(arguments));
    }
}
