// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client with a durable session that keeps to the rules over any number of connections and brokers, as real ones do:
 * it waits for CONNACK, repeats what was not acknowledged with DUP and the same identifiers, in order, forgets all of
 * that when the broker has no session for it, and asks for a clean start until it gets one. What it knows goes into the
 * ledger.
 */
final class Traveller {
    private static final int SUBSCRIBE_IDS = 60_000;
    /** How exact the broker is about when a connection was lost, in milliseconds; never too early. */
    private static final long MARGIN = 3_000;

    /** What was sent and is not done; without a packet PUBREL is next. */
    private record Pending(Sent message, Packet.@Nullable Publish again) {}

    private final World world;
    private final Ledger ledger;
    private final String id;
    private final ProtocolVersion version;
    private final long expirySeconds;

    // What it remembers of its session.
    private final Map<Integer, Pending> unacknowledged = new LinkedHashMap<>();
    private final Set<Integer> received = new HashSet<>();
    private final Set<Interest> subscribed = new HashSet<>();
    private Incarnation session;
    private int nextId;
    private boolean mustExist;
    private boolean mayExist;
    private boolean wantsClean;
    /** Whether it has asked for a session, not knowing whether there is one, and got no answer. */
    private boolean attempted;

    private long lostAt;
    private long seenAt;
    /** An attempt to connect was given up: its CONNECT may come behind the next one, and take its session over. */
    private boolean raced;

    // Of one connection; the will until it is due.
    private @Nullable TestClient client;
    private boolean connected;
    private boolean clean;
    private boolean couldExist;
    private boolean lasts;
    private @Nullable Testament will;
    private final Map<Integer, Interest> asked = new HashMap<>();

    Traveller(World world, String id, ProtocolVersion version, long expirySeconds, List<Interest> interests) {
        this.world = world;
        this.ledger = world.ledger();
        this.id = id;
        this.version = version;
        this.expirySeconds = expirySeconds;
        this.session = ledger.begin(id, interests);
    }

    @Override
    public String toString() {
        return id + (connected ? " connected" : client == null ? " offline" : " connecting") + (clean ? " clean" : "")
                + " paused " + (client != null && client.wire().isPaused()) + " " + unacknowledged;
    }

    String id() {
        return id;
    }

    ProtocolVersion version() {
        return version;
    }

    List<Interest> interests() {
        return session.interests;
    }

    /** Whether it has no connection, nor has asked for one. */
    boolean isOffline() {
        return client == null;
    }

    boolean isConnected() {
        return connected;
    }

    int unacknowledged() {
        return unacknowledged.size();
    }

    // --- connections ---

    /** Connects, or takes its own connection over from a new address. */
    void connect(TestBroker broker, boolean cleanStart, @Nullable Testament itsWill) {
        boolean takesOver = client != null;
        if (takesOver) {
            gone("is taken over");
        }
        mayHaveExpired();
        // Its session may be another one that an earlier attempt has begun: nobody could tell.
        wantsClean |= cleanStart || (attempted && !isBlank());
        clean = wantsClean;
        attempted |= !mustExist;
        couldExist = mayExist && !clean;
        // A clean session of an older client ends with its connection.
        lasts = !clean || version == ProtocolVersion.MQTT_5;
        mayExist |= lasts;
        ConnectRequest request = ConnectRequest.of(version, id);
        if (clean) {
            disown("asks for a clean start");
            unacknowledged.clear();
            received.clear();
            if (lasts) {
                request.with(Property.SESSION_EXPIRY_INTERVAL, expirySeconds);
            }
        } else {
            request.resume(expirySeconds);
        }
        if (will != null && takesOver && will.delaySeconds > 0) {
            will.revoke();
        }
        Testament before = will;
        if (before != null) {
            before.returned(world.wallTime());
        }
        will = itsWill;
        if (itsWill != null) {
            itsWill.message.premature = !raced && !world.isInTrouble();
            Sent last = itsWill.message;
            request.will(last.topic, last.payload(), last.qos, last.retain, itsWill.delaySeconds);
        }
        ledger.tick(id + " connects" + (clean ? " cleanly" : ""));
        TestClient fresh = broker.connection(version);
        client = fresh;
        fresh.send(request.build());
    }

    private void take(Packet.ConnAck answer) {
        if (answer.reason() != ReasonCode.SUCCESS) {
            world.failed(id + " was refused: " + answer.reason());
            return;
        }
        mayHaveExpired();
        long now = ledger.tick(id + " is let in, session present " + answer.sessionPresent());
        if (answer.sessionPresent()) {
            assertThat(couldExist)
                    .as("%s has a session that it cannot have", id)
                    .isTrue();
            session.disowned = false;
            subscribed.forEach(interest -> interest.promised.open(now));
        } else {
            assertThat(mustExist && !clean).as("the session of %s is lost", id).isFalse();
            disown("has no session");
            unacknowledged.clear();
            received.clear();
            subscribed.clear();
            session.interests.forEach(interest -> interest.forget(now));
            session = ledger.begin(
                    id, session.interests.stream().map(Interest::fresh).toList());
        }
        connected = true;
        attempted = false;
        mustExist = lasts;
        mayExist = lasts || raced;
        wantsClean = false;
        if (will != null && lasts) {
            will.promise();
        }
        if (!lasts) {
            lose();
            return;
        }
        for (Map.Entry<Integer, Pending> entry : unacknowledged.entrySet()) {
            Packet.Publish again = entry.getValue().again();
            if (again == null) {
                connection().ack(PacketType.PUBREL, entry.getKey());
            } else {
                entry.getValue().message().repeated = true;
                connection().send(again);
            }
        }
    }

    /** Whether it remembers nothing. */
    private boolean isBlank() {
        return unacknowledged.isEmpty() && received.isEmpty() && subscribed.isEmpty();
    }

    /** The network breaks; what is on its way is lost. */
    void lose() {
        connection().wire().breakOff(null);
        gone("loses its connection");
    }

    /** There is no broker any more. */
    void crash() {
        raced = false;
        if (client != null) {
            gone("has no broker");
        }
    }

    /** Says goodbye; with an end it wants its session to end too, which only MQTT 5 can say so. */
    void goodbye(boolean end) {
        ledger.tick(id + " says goodbye" + (end ? " for ever" : ""));
        if (will != null) {
            will.revoke();
            will = null;
        }
        if (end) {
            disown("wants its session to end");
        }
        connection()
                .send(new Packet.Disconnect(
                        ReasonCode.SUCCESS,
                        end
                                ? Properties.builder()
                                        .with(Property.SESSION_EXPIRY_INTERVAL, 0)
                                        .build()
                                : Properties.NONE));
        gone("hangs up");
    }

    private void gone(String how) {
        ledger.tick(id + " " + how);
        look();
        raced |= !connected;
        client = null;
        asked.clear();
        if (will != null) {
            will.lost(world.wallTime());
        }
        if (connected) {
            connected = false;
            lostAt = seenAt;
        }
    }

    /** Time passes: a connection that the broker has closed is noticed when it is used. */
    void look() {
        if (client != null && !client.isClosed()) {
            seenAt = world.wallTime();
        }
    }

    /** Nothing more is promised to the session that it has. */
    private void disown(String why) {
        long now = ledger.tick(id + " " + why);
        session.disowned = true;
        session.interests.forEach(interest -> interest.promised.close(now));
        ledger.memberLeft();
        mustExist = false;
        if (will != null) {
            will.revoke();
        }
    }

    /** The broker is about to stop: wills are published while connections still live. */
    void warned() {
        if (will != null) {
            will.message.premature = false;
        }
    }

    /** Time has passed, or is about to count. */
    void mayHaveExpired() {
        if (!connected && mustExist && world.wallTime() - lostAt > expirySeconds * 1000 - MARGIN) {
            disown("may have been away for too long");
        }
    }

    // --- what it sends ---

    void publish(String topic, int qos, boolean retain, boolean clears) {
        Sent message = ledger.send(id, topic, qos, retain, clears);
        message.inTrouble = world.isInTrouble();
        int packetId = qos == 0 ? 0 : nextId++ % 1_000 + 1;
        byte[] payload = message.payload().getBytes(StandardCharsets.UTF_8);
        if (qos > 0) {
            unacknowledged.put(
                    packetId,
                    new Pending(
                            message,
                            new Packet.Publish(true, QoS.of(qos), retain, topic, packetId, payload, Properties.NONE)));
        }
        connection().send(new Packet.Publish(false, QoS.of(qos), retain, topic, packetId, payload, Properties.NONE));
    }

    void subscribe(Interest interest) {
        interest.possible.open(ledger.tick(id + " subscribes to " + interest.filter + " QoS " + interest.qos));
        int packetId = ask(interest);
        connection()
                .send(new Packet.Subscribe(
                        packetId,
                        List.of(new Packet.Subscribe.Request(
                                interest.filter.text(), QoS.of(interest.qos), false, false, 0)),
                        Properties.NONE));
    }

    void unsubscribe(Interest interest) {
        interest.promised.close(ledger.tick(id + " unsubscribes from " + interest.filter));
        subscribed.remove(interest);
        if (interest.isShared()) {
            ledger.memberLeft();
        }
        int packetId = ask(interest);
        connection().send(new Packet.Unsubscribe(packetId, List.of(interest.filter.text()), Properties.NONE));
    }

    /** Whether it waits for an answer about a filter: a second question would make the answer ambiguous. */
    boolean isAsking(Interest interest) {
        return asked.containsValue(interest);
    }

    private int ask(Interest interest) {
        int packetId = SUBSCRIBE_IDS + nextId++ % 1_000;
        asked.put(packetId, interest);
        return packetId;
    }

    void stall(boolean stalls) {
        if (stalls) {
            connection().wire().stall();
        } else {
            connection().wire().unstall();
        }
    }

    // --- what it gets ---

    /** Reads what has come and answers it; returns whether there was anything. */
    boolean work() {
        TestClient mine = client;
        if (mine == null) {
            return false;
        }
        List<Packet> came = mine.peekNew();
        for (Packet packet : came) {
            if (client != mine) {
                return true;
            }
            take(packet);
        }
        if (client == mine && mine.isClosed()) {
            if (!raced) {
                world.failed(id + " was closed");
            }
            raced = false;
            gone("was closed");
            return true;
        }
        return !came.isEmpty();
    }

    private void take(Packet packet) {
        if (packet instanceof Packet.Publish publish) {
            take(publish);
        } else if (packet instanceof Packet.Ack ack) {
            take(ack);
        } else if (packet instanceof Packet.ConnAck answer) {
            take(answer);
        } else if (packet instanceof Packet.SubAck answer) {
            assertThat(answer.reasons()).noneMatch(ReasonCode::isError);
            Interest interest = asked.remove(answer.packetId());
            if (interest != null) {
                subscribed.add(interest);
                interest.promised.open(ledger.tick(id + " has subscribed to " + interest.filter));
            }
        } else if (packet instanceof Packet.UnsubAck answer) {
            Interest interest = asked.remove(answer.packetId());
            if (interest != null) {
                interest.possible.close(ledger.tick(id + " has unsubscribed from " + interest.filter));
            }
        } else if (packet instanceof Packet.Disconnect disconnect && !raced) {
            world.failed(id + " was told " + disconnect.reason());
        }
    }

    private void take(Packet.Publish publish) {
        int packetId = publish.packetId();
        String how = "QoS " + publish.qos().value() + " #" + packetId + (publish.dup() ? " again" : "");
        switch (publish.qos()) {
            case AT_MOST_ONCE -> arrived(publish, how);
            case AT_LEAST_ONCE -> {
                arrived(publish, how);
                connection().ack(PacketType.PUBACK, packetId);
            }
            case EXACTLY_ONCE -> {
                if (received.add(packetId)) {
                    arrived(publish, how);
                }
                connection().ack(PacketType.PUBREC, packetId);
            }
        }
    }

    private void arrived(Packet.Publish publish, String how) {
        ledger.arrived(session, TestClient.text(publish), publish.retain(), how);
    }

    private void take(Packet.Ack ack) {
        int packetId = ack.packetId();
        switch (ack.type()) {
            case PUBACK -> acknowledged(packetId, ack.reason());
            case PUBREC -> {
                acknowledged(packetId, ack.reason());
                if (!ack.reason().isError()) {
                    connection().ack(PacketType.PUBREL, packetId);
                }
            }
            case PUBCOMP -> unacknowledged.remove(packetId);
            default -> {
                received.remove(packetId);
                connection().ack(PacketType.PUBCOMP, packetId);
            }
        }
    }

    private void acknowledged(int packetId, ReasonCode reason) {
        Pending pending = unacknowledged.remove(packetId);
        if (pending == null) {
            return;
        }
        Sent message = pending.message();
        long now = ledger.tick(id + " hears of " + message.number + ": " + reason);
        if (reason.isError()) {
            world.failed(id + " was told " + reason + " about " + message);
            return;
        }
        if (pending.again() != null) {
            message.acknowledged = now;
            message.finished = now;
        }
        if (message.qos == 2) {
            unacknowledged.put(packetId, new Pending(message, null));
        }
    }

    private TestClient connection() {
        TestClient now = client;
        if (now == null) {
            throw new IllegalStateException(id + " has no connection");
        }
        return now;
    }
}
