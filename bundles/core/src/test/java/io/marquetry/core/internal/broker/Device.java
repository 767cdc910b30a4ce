// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client that keeps to the rules, with a session that outlives its connections: it repeats what was not acknowledged,
 * in order, and tells repeated QoS 2 messages from new ones.
 */
final class Device {
    /**
     * What was published and not acknowledged: the packet, or null once PUBREC came and PUBREL is the next to repeat.
     */
    private final Map<Integer, Packet.@Nullable Publish> unacknowledged = new LinkedHashMap<>();

    private final Set<Integer> received = new HashSet<>();
    private final List<String> seen = new ArrayList<>();
    private final TestBroker broker;
    private final String clientId;
    private final ProtocolVersion version;
    private @Nullable TestClient client;
    private int nextId = 1;

    Device(TestBroker broker, String clientId, ProtocolVersion version) {
        this.broker = broker;
        this.clientId = clientId;
        this.version = version;
    }

    /** What reached the application, in order. */
    List<String> seen() {
        return seen;
    }

    boolean isConnected() {
        return client != null;
    }

    int unacknowledged() {
        return unacknowledged.size();
    }

    void connect() {
        TestClient fresh = broker.connection(version);
        fresh.connect(ConnectRequest.of(version, clientId).resume(100_000).build());
        client = fresh;
        unacknowledged.forEach((id, publish) -> fresh.send(
                publish == null
                        ? new Packet.Ack(
                                PacketType.PUBREL, id, io.marquetry.api.mqtt.ReasonCode.SUCCESS, Properties.NONE)
                        : publish));
    }

    void subscribe(String filter, int qos) {
        connected().subscribe(filter, qos);
    }

    void publish(String topic, String payload, int qos) {
        int id = qos == 0 ? 0 : nextId++ % 60_000 + 1;
        Packet.Publish publish = new Packet.Publish(
                false, QoS.of(qos), false, topic, id, payload.getBytes(StandardCharsets.UTF_8), Properties.NONE);
        if (qos > 0) {
            unacknowledged.put(
                    id, new Packet.Publish(true, publish.qos(), false, topic, id, publish.payload(), Properties.NONE));
        }
        connected().send(publish);
    }

    /** The network breaks; some of what is on the way is lost. */
    void lose() {
        TestClient lost = connected();
        lost.wire().breakOff(null);
        client = null;
    }

    void stall(Random random) {
        if (random.nextBoolean()) {
            connected().wire().stall();
        } else {
            connected().wire().unstall();
        }
    }

    /** Lets the socket go on. */
    void unstall() {
        if (client != null) {
            client.wire().unstall();
        }
    }

    /** Reads what has come and answers it; returns whether there was anything. */
    boolean work() {
        if (client == null) {
            return false;
        }
        List<Packet> came = client.peekNew();
        for (Packet packet : came) {
            if (packet instanceof Packet.Publish publish) {
                take(publish);
            } else if (packet instanceof Packet.Ack ack) {
                take(ack);
            } else if (packet instanceof Packet.Disconnect disconnect) {
                throw new AssertionError("a client that keeps to the rules was told " + disconnect);
            }
        }
        if (client.isClosed()) {
            throw new AssertionError("a client that keeps to the rules was closed: " + broker.endings());
        }
        return !came.isEmpty();
    }

    private void take(Packet.Publish publish) {
        int id = publish.packetId();
        switch (publish.qos()) {
            case AT_MOST_ONCE -> seen.add(TestClient.text(publish));
            case AT_LEAST_ONCE -> {
                seen.add(TestClient.text(publish));
                connected().ack(PacketType.PUBACK, id);
            }
            case EXACTLY_ONCE -> {
                if (received.add(id)) {
                    seen.add(TestClient.text(publish));
                }
                connected().ack(PacketType.PUBREC, id);
            }
        }
    }

    private void take(Packet.Ack ack) {
        int id = ack.packetId();
        switch (ack.type()) {
            case PUBACK, PUBCOMP -> unacknowledged.remove(id);
            case PUBREC -> {
                if (unacknowledged.containsKey(id)) {
                    unacknowledged.put(id, null);
                }
                connected().ack(PacketType.PUBREL, id);
            }
            default -> {
                received.remove(id);
                connected().ack(PacketType.PUBCOMP, id);
            }
        }
    }

    private TestClient connected() {
        TestClient now = client;
        if (now == null) {
            throw new IllegalStateException(clientId + " is not connected");
        }
        return now;
    }
}
