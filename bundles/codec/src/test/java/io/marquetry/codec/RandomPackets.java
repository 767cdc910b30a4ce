// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.UserProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/** Makes packets that the specification allows, with everything that a version can carry. */
final class RandomPackets {
    private static final String[] WORDS = {
        "",
        "a",
        "sensor",
        "küche",
        "温度",
        "🌡",
        "x".repeat(130),
        "level/level/level",
        "$SYS/brokers",
        "\u007F",
        "\uFEFFbom"
    };

    private final Random random;
    private final ProtocolVersion version;
    private final boolean v5;

    RandomPackets(Random random, ProtocolVersion version) {
        this.random = random;
        this.version = version;
        this.v5 = version == ProtocolVersion.MQTT_5;
    }

    /** A packet that a client sends after CONNECT. */
    Packet ofClient() {
        return switch (random.nextInt(v5 ? 8 : 7)) {
            case 0, 1 -> publish(true);
            case 2 -> ack();
            case 3 -> subscribe();
            case 4 -> new Packet.Unsubscribe(id(), list(this::filter), properties(PropertyPlace.UNSUBSCRIBE));
            case 5 -> new Packet.PingReq();
            case 6 -> disconnect(true);
            default -> new Packet.Auth(reason(PacketType.AUTH, true), withMethod(properties(PropertyPlace.AUTH)));
        };
    }

    /** A packet that a broker sends. */
    Packet ofBroker() {
        return switch (random.nextInt(v5 ? 9 : 7)) {
            case 0, 1 -> publish(false);
            case 2 -> ack();
            case 3 -> connAck();
            case 4 ->
                new Packet.SubAck(
                        id(),
                        list(() -> v5 ? reason(PacketType.SUBACK, false) : returnCodeOfSubAck()),
                        properties(PropertyPlace.ACK));
            case 5 ->
                new Packet.UnsubAck(
                        id(),
                        v5 ? list(() -> reason(PacketType.UNSUBACK, false)) : List.of(),
                        properties(PropertyPlace.ACK));
            case 6 -> new Packet.PingResp();
            case 7 -> disconnect(false);
            default -> new Packet.Auth(reason(PacketType.AUTH, false), withMethod(properties(PropertyPlace.AUTH)));
        };
    }

    Packet.Connect connect() {
        Packet.Will will = random.nextBoolean()
                ? null
                : new Packet.Will(topic(), octets(), qos(), random.nextBoolean(), properties(PropertyPlace.WILL));
        String username = random.nextBoolean() ? null : word();
        byte[] password = random.nextBoolean() || (!v5 && username == null) ? null : octets();
        Properties properties = properties(PropertyPlace.CONNECT);
        if (properties.has(Property.AUTHENTICATION_DATA)) {
            properties = withMethod(properties);
        }
        return new Packet.Connect(
                version,
                !v5 && random.nextInt(4) == 0,
                random.nextBoolean(),
                random.nextInt(0x10000),
                word(),
                will,
                username,
                password,
                properties);
    }

    Packet.Publish publish(boolean toBroker) {
        QoS qos = qos();
        Properties properties = properties(PropertyPlace.PUBLISH);
        if (toBroker) {
            Properties.Builder without = Properties.builder();
            properties.values().forEach((property, value) -> copy(without, property, value));
            properties.userProperties().forEach(without::with);
            properties = without.build();
        }
        boolean byAlias = properties.has(Property.TOPIC_ALIAS) && random.nextBoolean();
        return new Packet.Publish(
                qos != QoS.AT_MOST_ONCE && random.nextBoolean(),
                qos,
                random.nextBoolean(),
                byAlias ? "" : topic(),
                qos == QoS.AT_MOST_ONCE ? 0 : id(),
                octets(),
                properties);
    }

    /** Properties that a place allows, each present or not. */
    Properties properties(PropertyPlace place) {
        Properties.Builder builder = Properties.builder();
        if (!v5 || random.nextInt(3) == 0) {
            return builder.build();
        }
        for (Property property : Property.values()) {
            if (place.allows(property) && random.nextBoolean()) {
                add(builder, property, place);
            }
        }
        return builder.build();
    }

    private void add(Properties.Builder builder, Property property, PropertyPlace place) {
        switch (property.type()) {
            case BYTE -> builder.with(property, random.nextInt(2));
            case TWO_BYTES -> builder.with(property, 1 + random.nextInt(0xFFFF));
            case FOUR_BYTES -> builder.with(property, 1 + (random.nextInt() & 0xFFFF_FFFEL));
            case STRING -> builder.with(property, word());
            case BINARY -> builder.with(property, octets());
            case VARIABLE -> {
                for (int i = place.repeats(property) ? random.nextInt(3) : 0; i >= 0; i--) {
                    builder.withSubscriptionIdentifier(1 + random.nextInt(1 << (1 + random.nextInt(28))) % Varint.MAX);
                }
            }
            case STRING_PAIR -> {
                for (int i = random.nextInt(3); i >= 0; i--) {
                    builder.with(new UserProperty(word(), word()));
                }
            }
        }
    }

    private static void copy(Properties.Builder builder, Property property, Object value) {
        switch (property.type()) {
            case STRING -> builder.with(property, (String) value);
            case BINARY -> builder.with(property, (byte[]) value);
            default -> builder.with(property, (long) value);
        }
    }

    private Packet ack() {
        PacketType[] types = {PacketType.PUBACK, PacketType.PUBREC, PacketType.PUBREL, PacketType.PUBCOMP};
        PacketType type = types[random.nextInt(types.length)];
        return new Packet.Ack(type, id(), v5 ? reason(type, true) : ReasonCode.SUCCESS, properties(PropertyPlace.ACK));
    }

    private Packet subscribe() {
        return new Packet.Subscribe(
                id(),
                list(() -> new Packet.Subscribe.Request(
                        filter(),
                        qos(),
                        v5 && random.nextBoolean(),
                        v5 && random.nextBoolean(),
                        v5 ? random.nextInt(3) : 0)),
                properties(PropertyPlace.SUBSCRIBE));
    }

    private Packet disconnect(boolean toBroker) {
        if (!v5) {
            return new Packet.Disconnect(ReasonCode.SUCCESS, Properties.NONE);
        }
        Properties properties = properties(PropertyPlace.DISCONNECT);
        return new Packet.Disconnect(
                reason(PacketType.DISCONNECT, toBroker),
                toBroker ? properties : properties.without(Property.SESSION_EXPIRY_INTERVAL));
    }

    private Packet connAck() {
        ReasonCode[] old = {
            ReasonCode.SUCCESS,
            ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
            ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
            ReasonCode.SERVER_UNAVAILABLE,
            ReasonCode.BAD_USER_NAME_OR_PASSWORD,
            ReasonCode.NOT_AUTHORIZED
        };
        ReasonCode reason = v5 ? reason(PacketType.CONNACK, false) : old[random.nextInt(old.length)];
        boolean present = reason == ReasonCode.SUCCESS && version != ProtocolVersion.MQTT_3_1 && random.nextBoolean();
        return new Packet.ConnAck(present, reason, properties(PropertyPlace.CONNACK));
    }

    private ReasonCode returnCodeOfSubAck() {
        return List.of(
                        ReasonCode.SUCCESS,
                        ReasonCode.GRANTED_QOS_1,
                        ReasonCode.GRANTED_QOS_2,
                        ReasonCode.UNSPECIFIED_ERROR)
                .get(random.nextInt(4));
    }

    private ReasonCode reason(PacketType type, boolean toBroker) {
        Set<ReasonCode> allowed = ReasonRules.allowed(type, toBroker);
        return new ArrayList<>(allowed).get(random.nextInt(allowed.size()));
    }

    private Properties withMethod(Properties properties) {
        return properties.toBuilder()
                .with(Property.AUTHENTICATION_METHOD, "SCRAM")
                .build();
    }

    private <T> List<T> list(Supplier<T> element) {
        List<T> elements = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            elements.add(element.get());
        }
        return elements;
    }

    private QoS qos() {
        return QoS.of(random.nextInt(3));
    }

    private int id() {
        return 1 + random.nextInt(0xFFFF);
    }

    private String topic() {
        return "t" + word();
    }

    private String filter() {
        return word() + (random.nextBoolean() ? "/#" : "/+/x");
    }

    private String word() {
        return WORDS[random.nextInt(WORDS.length)];
    }

    private byte[] octets() {
        byte[] octets = new byte[random.nextInt(random.nextInt(8) == 0 ? 20_000 : 40)];
        random.nextBytes(octets);
        return octets;
    }
}
