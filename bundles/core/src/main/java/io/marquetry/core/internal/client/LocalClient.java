// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.client;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.ClientPort.ConnectAnswer;
import io.marquetry.api.client.ConnectRequest;
import io.marquetry.api.client.PortClient;
import io.marquetry.api.client.Receiver;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketDecoder;
import io.marquetry.codec.PacketEncoder;
import io.marquetry.codec.PacketSink;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.codec.ProtocolException;
import io.marquetry.codec.PublishView;
import io.marquetry.core.internal.client.Errands.Errand;
import io.marquetry.core.internal.client.Errands.Kind;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.message.Messages;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway's end of a {@link LocalWire}: an MQTT 5 client whose application is a {@link Receiver}. What the gateway
 * asks for on any thread goes by the mailbox of the client's loop, so that the order of each thread is kept; everything
 * else happens on that loop.
 */
final class LocalClient implements PortClient, PacketSink {
    private static final Logger LOG = LoggerFactory.getLogger(LocalClient.class);
    /** What may be asked for and not be answered yet, in bytes: a gateway with more does not look at its stages. */
    static final long MOST_OPEN_BYTES = 16 << 20;
    /** What a request is charged with beside its message. */
    private static final int OVERHEAD = 256;

    private static final int LONGEST_PACKET = 268_435_455;

    private final LocalPort port;
    private final Receiver receiver;
    private final LocalWire wire;
    private final PacketDecoder decoder = PacketDecoder.forClient(ProtocolVersion.MQTT_5, LONGEST_PACKET);
    private final PublishView view = new PublishView();
    private final Errands errands = new Errands();
    private final AtomicLong openBytes = new AtomicLong();
    private final CompletableFuture<ConnectAnswer> answer = new CompletableFuture<>();

    // From CONNACK on.
    private @Nullable ClientInfo info;
    private boolean sessionPresent;
    private Properties agreed = Properties.NONE;

    // The end.
    private ReasonCode reason = ReasonCode.UNSPECIFIED_ERROR;
    private volatile boolean abandoned;
    /** How everything ends that is still asked for; null while the connection lasts. */
    private volatile @Nullable ReasonCode ended;

    LocalClient(LocalPort port, ConnectRequest request, Receiver receiver, Home home) {
        this.port = port;
        this.receiver = receiver;
        this.wire = new LocalWire(this, request, home.loop());
    }

    // --- the connection ---

    /** Sends CONNECT; on the first loop of the wire. */
    void open(Packet.Connect connect) {
        if (abandoned) {
            closed();
            return;
        }
        wire.open(port.door());
        wire.send(connect);
        byte[] password = connect.password();
        if (password != null) {
            Arrays.fill(password, (byte) 0);
        }
    }

    /** What became of CONNECT. */
    CompletableFuture<ConnectAnswer> answer() {
        return answer;
    }

    /** The extension has left; callable from any thread. */
    void abandon() {
        abandoned = true;
        wire.breakOff();
    }

    /** The wire is gone. */
    void closed() {
        if (abandoned) {
            reason = ReasonCode.SERVER_SHUTTING_DOWN;
        }
        // What was open has not succeeded, also when the gateway itself has ended the connection.
        ReasonCode openEnds = reason.isError() ? reason : ReasonCode.SESSION_TAKEN_OVER;
        ended = openEnds;
        port.left(this);
        errands.end().forEach(errand -> finish(errand, openEnds));
        if (info == null) {
            answer.complete(new ConnectAnswer.Refused(reason.isError() ? reason : ReasonCode.SERVER_UNAVAILABLE));
            return;
        }
        try {
            receiver.onClosed(reason);
        } catch (Exception | LinkageError | AssertionError e) {
            port.failed("hear that a client is gone", e);
        }
    }

    @Override
    public ClientInfo info() {
        ClientInfo known = info;
        if (known == null) {
            throw new IllegalStateException("expected a connected client");
        }
        return known;
    }

    @Override
    public boolean sessionPresent() {
        return sessionPresent;
    }

    private Home home() {
        return port.home(wire.loop());
    }

    // --- what the gateway asks for ---

    @Override
    public CompletionStage<ReasonCode> publish(Message message) {
        Packet.Publish packet = new Packet.Publish(
                false,
                message.qos(),
                message.retain(),
                message.topic(),
                0,
                message.payload(),
                Messages.properties(message));
        ReasonCode refusal = refusalOf(packet);
        if (refusal != null) {
            return CompletableFuture.completedFuture(refusal);
        }
        IntFunction<Packet> numbered = id -> new Packet.Publish(
                false, packet.qos(), packet.retain(), packet.topic(), id, packet.payload(), packet.properties());
        return packet.qos() == QoS.AT_MOST_ONCE
                ? ask(Kind.TAKEN, id -> packet, message.payload().length)
                : ask(Kind.ANSWERED, numbered, message.payload().length);
    }

    /** What the broker would end the connection for, since CONNACK has told it. */
    private @Nullable ReasonCode refusalOf(Packet.Publish packet) {
        if (packet.qos().value() > agreed.number(Property.MAXIMUM_QOS, 2)) {
            return ReasonCode.QOS_NOT_SUPPORTED;
        }
        if (packet.retain() && agreed.number(Property.RETAIN_AVAILABLE, 1) == 0) {
            return ReasonCode.RETAIN_NOT_SUPPORTED;
        }
        int length = PacketEncoder.encodedLength(packet, ProtocolVersion.MQTT_5);
        return length > agreed.number(Property.MAXIMUM_PACKET_SIZE, LONGEST_PACKET)
                ? ReasonCode.PACKET_TOO_LARGE
                : null;
    }

    @Override
    public CompletionStage<ReasonCode> subscribe(String filter, QoS qos) {
        String checked = TopicFilter.parse(filter).text();
        List<Packet.Subscribe.Request> requests = List.of(new Packet.Subscribe.Request(checked, qos, false, false, 0));
        return ask(Kind.ANSWERED, id -> new Packet.Subscribe(id, requests, Properties.NONE), checked.length());
    }

    @Override
    public CompletionStage<ReasonCode> unsubscribe(String filter) {
        List<String> filters = List.of(filter);
        return ask(Kind.ANSWERED, id -> new Packet.Unsubscribe(id, filters, Properties.NONE), filter.length());
    }

    @Override
    public CompletionStage<ReasonCode> ping() {
        return ask(Kind.PING, id -> new Packet.PingReq(), 0);
    }

    @Override
    public void disconnect(boolean publishWill) {
        ReasonCode goodbye = publishWill ? ReasonCode.DISCONNECT_WITH_WILL_MESSAGE : ReasonCode.SUCCESS;
        // It goes behind what was asked for before, but not behind a bound: it is the last.
        post(new Errand(
                Kind.GOODBYE,
                id -> {
                    reason = ReasonCode.SUCCESS;
                    return new Packet.Disconnect(goodbye, Properties.NONE);
                },
                0,
                new CompletableFuture<>()));
    }

    private CompletionStage<ReasonCode> ask(Kind kind, IntFunction<Packet> packet, int length) {
        int bytes = OVERHEAD + length;
        if (openBytes.addAndGet(bytes) > MOST_OPEN_BYTES) {
            openBytes.addAndGet(-bytes);
            return CompletableFuture.completedFuture(ReasonCode.QUOTA_EXCEEDED);
        }
        Errand errand = new Errand(kind, packet, bytes, new CompletableFuture<>());
        post(errand);
        return errand.answer();
    }

    private void post(Errand errand) {
        ReasonCode already = ended;
        if (already != null) {
            openBytes.addAndGet(-errand.bytes());
            errand.answer().complete(already);
            return;
        }
        home().mailbox().post(() -> {
            home().ledger().add(errand.bytes());
            ReasonCode meanwhile = ended;
            if (meanwhile != null) {
                finish(errand, meanwhile);
                return;
            }
            errands.add(errand);
            pump();
        });
    }

    private void finish(@Nullable Errand errand, ReasonCode outcome) {
        if (errand == null) {
            return;
        }
        home().ledger().add(-errand.bytes());
        openBytes.addAndGet(-errand.bytes());
        errand.answer().complete(outcome);
    }

    /** Sends what the broker takes now. */
    void pump() {
        Packet next;
        while (wire.takes() && (next = errands.next()) != null) {
            wire.send(next);
        }
    }

    // --- what the broker sends ---

    /** Whole packets; on the loop. */
    void read(ByteBuf bytes) {
        try {
            while (decoder.decodeNext(bytes, view, this)) {
                // each packet comes to the methods below
            }
        } catch (ProtocolException e) {
            LOG.error("the broker sent a client of {} what cannot be read; it is disconnected", port.owner(), e);
            wire.breakOff();
        }
        pump();
    }

    /** The broker has read the packet that it was sent. */
    void taken() {
        finish(errands.taken(), ReasonCode.SUCCESS);
    }

    @Override
    public void onPublish(PublishView publish) {
        Handed handed = new Handed(publish.qos(), publish.packetId(), publish.frameLength());
        if (handed.qos == 0) {
            wire.owe(handed.length);
        }
        try {
            receiver.onMessage(Messages.of(publish, publish.topicString()), handed);
        } catch (Exception | LinkageError | AssertionError e) {
            port.failed("take a message", e);
            if (handed.compareAndSet(false, true)) {
                acknowledge(handed, ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);
            }
        }
    }

    /** A message that the receiver has, until it is acknowledged, once. */
    @SuppressWarnings("serial") // nobody writes it anywhere
    private final class Handed extends AtomicBoolean implements Runnable {
        private final int qos;
        private final int packetId;
        private final int length;

        Handed(int qos, int packetId, int length) {
            this.qos = qos;
            this.packetId = packetId;
            this.length = length;
        }

        @Override
        public void run() {
            if (ended == null && compareAndSet(false, true)) {
                home().mailbox().post(() -> {
                    acknowledge(this, ReasonCode.SUCCESS);
                    pump();
                });
            }
        }
    }

    private void acknowledge(Handed handed, ReasonCode outcome) {
        if (ended != null) {
            return;
        }
        if (handed.qos == 0) {
            wire.owe(-handed.length);
        } else {
            PacketType type = handed.qos == 1 ? PacketType.PUBACK : PacketType.PUBREC;
            errands.acknowledge(new Packet.Ack(type, handed.packetId, outcome, Properties.NONE));
        }
    }

    @Override
    public void onAck(PacketType type, int packetId, ReasonCode outcome) {
        if (type == PacketType.PUBREL) {
            errands.acknowledge(new Packet.Ack(PacketType.PUBCOMP, packetId, ReasonCode.SUCCESS, Properties.NONE));
        } else if (type == PacketType.PUBREC && !outcome.isError()) {
            errands.acknowledge(new Packet.Ack(PacketType.PUBREL, packetId, ReasonCode.SUCCESS, Properties.NONE));
        } else {
            finish(errands.answered(packetId), outcome);
        }
    }

    @Override
    public void onPacket(Packet packet) {
        if (packet instanceof Packet.ConnAck connAck) {
            onConnAck(connAck);
        } else if (packet instanceof Packet.SubAck subAck) {
            finish(errands.answered(subAck.packetId()), subAck.reasons().get(0));
        } else if (packet instanceof Packet.UnsubAck unsubAck) {
            finish(errands.answered(unsubAck.packetId()), unsubAck.reasons().get(0));
        } else if (packet instanceof Packet.PingResp) {
            finish(errands.pinged(), ReasonCode.SUCCESS);
        } else if (packet instanceof Packet.Disconnect disconnect) {
            reason = disconnect.reason();
        }
    }

    private void onConnAck(Packet.ConnAck connAck) {
        reason = connAck.reason();
        if (reason.isError()) {
            return; // the end of the wire follows
        }
        reason = ReasonCode.UNSPECIFIED_ERROR;
        agreed = connAck.properties();
        sessionPresent = connAck.sessionPresent();
        errands.window((int) agreed.number(Property.RECEIVE_MAXIMUM, 65_535));
        info = wire.broker().client();
        answer.complete(new ConnectAnswer.Connected(this));
    }
}
