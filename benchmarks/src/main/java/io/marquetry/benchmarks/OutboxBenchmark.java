// SPDX-License-Identifier: Apache-2.0
package io.marquetry.benchmarks;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.Router;
import io.marquetry.core.internal.session.Link;
import io.marquetry.core.internal.session.Session;
import io.marquetry.core.internal.session.SessionRegistry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A session's outbox, without sockets: messages are delivered, sent, and acknowledged by the client. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OutboxBenchmark {
    private static final int WINDOW = 16;
    private static final int BURST = 200;

    private final Home home = new Home(new BenchLoop(), () -> 0);
    private final Router router = new Router(List.of(home), MqttSettings.defaults());
    private final SessionRegistry sessions =
            new SessionRegistry(List.of(home), router, MqttSettings.defaults(), () -> 0, (home1, will, done) -> {});
    private final Frames frames = new Frames();
    private final Client client = new Client();
    private final Session session = sessions.create(home, "client");

    /** Takes everything, and remembers the identifiers to acknowledge. */
    static final class Client implements Link {
        final int[] ids = new int[BURST];
        int taken;

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public int receiveMaximum() {
            return 65_535;
        }

        @Override
        public boolean isTooLarge(Frames frames, int qos, int @Nullable [] ids) {
            return false;
        }

        @Override
        public long heldBytes() {
            return 0;
        }

        @Override
        public void endExceeding(String reason) {}

        @Override
        public Frames firstSent(Frames frames, int qos, boolean retain) {
            return frames;
        }

        @Override
        public void publish(
                Frames frames, int qos, boolean retain, boolean dup, int packetId, int @Nullable [] subscriptionIds) {
            ids[taken++ % BURST] = packetId;
        }

        @Override
        public void pubRel(int packetId) {
            throw new UnsupportedOperationException("only QoS 1 is measured");
        }

        @Override
        public void end(ReasonCode reason) {
            throw new UnsupportedOperationException("nobody ends this connection");
        }

        @Override
        public void discard() {
            throw new UnsupportedOperationException("nobody ends this connection");
        }

        @Override
        public ClientInfo client() {
            return new ClientInfo("client", null, ProtocolVersion.MQTT_5, null, "tcp:bench", false, 0, 0, null, "");
        }
    }

    /**
     * Connects the client with a session that outlives its connection, so that messages are kept until acknowledged.
     */
    @Setup
    public void connect() {
        session.attach(client, 3600, null);
        frames.begin(
                Publication.of(
                        "a/b".getBytes(StandardCharsets.UTF_8),
                        new byte[0],
                        new byte[256],
                        1,
                        false,
                        Publication.NEVER),
                0);
    }

    /** Within the window: each message is sent at once. */
    @Benchmark
    @OperationsPerInvocation(WINDOW)
    public void sendAndAcknowledge() {
        client.taken = 0;
        for (int i = 0; i < WINDOW; i++) {
            session.deliver(frames, 1, false, null, null);
        }
        for (int i = 0; i < WINDOW; i++) {
            session.pubAck(client.ids[i], true);
        }
    }

    /** Over the window: most messages wait in the queue, and each acknowledgement lets one go. */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public void queueAndDrain() {
        client.taken = 0;
        for (int i = 0; i < BURST; i++) {
            session.deliver(frames, 1, false, null, null);
        }
        for (int i = 0; i < BURST; i++) {
            session.pubAck(client.ids[i], true);
        }
    }
}
