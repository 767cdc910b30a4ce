// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketEncoder;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestClient;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Packets of every kind from few clients, topics and identifiers, so that they meet often. */
final class WildPackets {
    static final String[] CLIENT_IDS = {"a", "b", "c", "d", "e#", "f+", "g"};
    private static final String[] TOPICS = {"a", "a/b", "a/b/c", "$x/a", "", "a//b", "b"};
    private static final String[] FILTERS = {
        "a", "a/#", "+/b", "#", "$share/g/a", "$share/g/#", "$share/h/+/b", "$queue/a/#", "$SYS/#", "a/+/#", "a#", "+"
    };
    private static final PacketType[] ACKS = {
        PacketType.PUBACK, PacketType.PUBREC, PacketType.PUBREL, PacketType.PUBCOMP
    };

    private final Random random;

    WildPackets(Random random) {
        this.random = random;
    }

    /** Most connections begin as they should. */
    void begin(TestClient client) {
        if (random.nextInt(10) > 0) {
            client.send(connect(client.version()));
        }
    }

    /** Sends some packet. */
    void send(TestClient client) {
        boolean v5 = client.version() == ProtocolVersion.MQTT_5;
        switch (random.nextInt(20)) {
            case 0 -> client.send(connect(client.version()));
            case 1, 2, 3 -> client.send(subscribe(v5));
            case 4 -> client.send(new Packet.Unsubscribe(id(), List.of(pick(FILTERS)), Properties.NONE));
            case 5 -> client.send(new Packet.PingReq());
            case 6 -> {
                if (random.nextInt(4) == 0) {
                    client.send(disconnect(v5));
                }
            }
            case 7 -> {
                if (v5) {
                    client.send(new Packet.Auth(
                            ReasonCode.REAUTHENTICATE,
                            Properties.builder()
                                    .with(Property.AUTHENTICATION_METHOD, "none")
                                    .build()));
                }
            }
            case 8, 9 -> client.ack(ACKS[random.nextInt(4)], id());
            default -> client.send(publish(v5));
        }
    }

    /** Sends bytes that are no packet, or a packet with a wrong byte in it, or a part of one. */
    void sendGarbage(TestClient client) {
        byte[] bytes;
        if (random.nextBoolean()) {
            bytes = new byte[1 + random.nextInt(40)];
            random.nextBytes(bytes);
        } else {
            boolean v5 = client.version() == ProtocolVersion.MQTT_5;
            bytes = encoded(random.nextBoolean() ? publish(v5) : subscribe(v5), client.version());
            if (random.nextBoolean()) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            } else {
                bytes = java.util.Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length));
            }
        }
        client.wire().send(bytes);
    }

    /** Reads what has come, and answers some of it as a client should. */
    void answer(TestClient client) {
        for (Packet packet : client.peekNew()) {
            if (random.nextInt(8) == 0) {
                continue;
            }
            if (packet instanceof Packet.Publish publish && publish.qos() != QoS.AT_MOST_ONCE) {
                client.ack(
                        publish.qos() == QoS.AT_LEAST_ONCE ? PacketType.PUBACK : PacketType.PUBREC,
                        publish.packetId(),
                        random.nextInt(10) == 0 ? ReasonCode.QUOTA_EXCEEDED : ReasonCode.SUCCESS);
            } else if (packet instanceof Packet.Ack ack && ack.type() == PacketType.PUBREL) {
                client.ack(PacketType.PUBCOMP, ack.packetId());
            } else if (packet instanceof Packet.Ack ack && ack.type() == PacketType.PUBREC) {
                client.ack(PacketType.PUBREL, ack.packetId());
            }
        }
    }

    /** What a slow hook says in the end. */
    Verdict verdict() {
        return switch (random.nextInt(3)) {
            case 0 -> new Verdict.Refuse(ReasonCode.NOT_AUTHORIZED);
            case 1 -> Verdict.PASS;
            default ->
                new Verdict.Replace(io.marquetry.api.mqtt.Message.of(
                        "a/b", new byte[random.nextInt(50)], QoS.of(random.nextInt(3)), random.nextBoolean()));
        };
    }

    private Packet.Connect connect(ProtocolVersion version) {
        ConnectRequest request = ConnectRequest.of(version, pick(CLIENT_IDS)).keepAlive(random.nextInt(3));
        boolean v5 = version == ProtocolVersion.MQTT_5;
        if (random.nextInt(3) > 0) {
            request.resume(random.nextInt(30));
        }
        if (random.nextInt(3) == 0) {
            request.will("a/b", "will", random.nextInt(3), random.nextBoolean(), v5 ? random.nextInt(4) : 0);
        }
        if (random.nextInt(10) == 0) {
            request.bridge();
        }
        if (v5) {
            request.with(Property.RECEIVE_MAXIMUM, 1 + random.nextInt(5));
            request.with(Property.TOPIC_ALIAS_MAXIMUM, random.nextInt(3));
            if (random.nextInt(4) == 0) {
                request.with(Property.MAXIMUM_PACKET_SIZE, 20 + random.nextInt(200));
            }
            if (random.nextInt(20) == 0) {
                request.with(Property.AUTHENTICATION_METHOD, "none");
            }
        }
        return request.build();
    }

    private Packet.Subscribe subscribe(boolean v5) {
        List<Packet.Subscribe.Request> requests = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            requests.add(new Packet.Subscribe.Request(
                    pick(FILTERS),
                    QoS.of(random.nextInt(3)),
                    v5 && random.nextInt(4) == 0,
                    v5 && random.nextBoolean(),
                    v5 ? random.nextInt(3) : 0));
        }
        Properties.Builder properties = Properties.builder();
        if (v5 && random.nextBoolean()) {
            properties.withSubscriptionIdentifier(1 + random.nextInt(300));
        }
        return new Packet.Subscribe(id(), requests, properties.build());
    }

    private Packet.Publish publish(boolean v5) {
        int qos = random.nextInt(3);
        Properties.Builder properties = Properties.builder();
        if (v5 && random.nextInt(3) == 0) {
            properties.with(Property.TOPIC_ALIAS, 1 + random.nextInt(2));
        }
        if (v5 && random.nextInt(3) == 0) {
            properties.with(Property.MESSAGE_EXPIRY_INTERVAL, random.nextInt(4));
        }
        byte[] payload = new byte[random.nextInt(12) == 0 ? 6_000 : random.nextInt(60)];
        return new Packet.Publish(
                qos > 0 && random.nextInt(5) == 0,
                QoS.of(qos),
                random.nextInt(5) == 0,
                pick(TOPICS),
                qos == 0 ? 0 : id(),
                payload,
                properties.build());
    }

    private Packet.Disconnect disconnect(boolean v5) {
        if (!v5) {
            return new Packet.Disconnect(ReasonCode.SUCCESS, Properties.NONE);
        }
        return new Packet.Disconnect(
                random.nextBoolean() ? ReasonCode.SUCCESS : ReasonCode.DISCONNECT_WITH_WILL_MESSAGE,
                Properties.builder()
                        .with(Property.SESSION_EXPIRY_INTERVAL, random.nextInt(20))
                        .build());
    }

    private static byte[] encoded(Packet packet, ProtocolVersion version) {
        ByteBuf out = Unpooled.buffer();
        PacketEncoder.encode(packet, version, out);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    private int id() {
        return 1 + random.nextInt(6);
    }

    private String pick(String[] from) {
        return from[random.nextInt(from.length)];
    }
}
