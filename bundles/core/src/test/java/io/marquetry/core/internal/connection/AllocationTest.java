// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.client.PeerCertificate;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketEncoder;
import io.marquetry.codec.Properties;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestRights;
import io.marquetry.core.port.Entrance;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.Wire;
import io.marquetry.core.port.WireHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The way of a message from one socket to the next leaves no garbage, with a mountpoint or without. */
class AllocationTest extends BrokerTest {
    private static final int MESSAGES = 20_000;

    private final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @CsvSource({"MQTT_3_1_1, ''", "MQTT_5, ''", "MQTT_3_1_1, t/${clientid}/", "MQTT_5, t/"})
    void givenSubscriber_whenItsOwnMessagesComeOften_thenNoByteIsAllocated(ProtocolVersion version, String mountpoint) {
        TestBroker broker = start();
        broker.entrance().mountpoint(mountpoint);
        Sink wire = new Sink(broker);
        wire.take(version, ConnectRequest.of(version, "c").build());
        wire.take(
                version,
                new Packet.Subscribe(
                        1,
                        List.of(new Packet.Subscribe.Request("a/+", QoS.AT_MOST_ONCE, false, false, 0)),
                        Properties.NONE));
        ByteBuf publish = bytes(
                version, new Packet.Publish(false, QoS.AT_MOST_ONCE, false, "a/b", 0, new byte[100], Properties.NONE));
        wire.take(publish, MESSAGES);

        long before = threads.getCurrentThreadAllocatedBytes();
        wire.take(publish, MESSAGES);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(broker.count("messages.sent")).isEqualTo(2 * MESSAGES);
        // What the measurement and the compiler leave is less than a byte for each; an object would be 16.
        assertThat(allocated).isLessThan(MESSAGES);
        publish.release();
        wire.end();
    }

    @ParameterizedTest
    @CsvSource({"a/b, a/b", "a/b, a/c"})
    void givenAuthorizer_whenWhatItAllowedComesOften_thenNoByteIsAllocated(String one, String other) {
        TestBroker broker = start();
        TestRights rights = TestRights.in(broker);
        Sink wire = new Sink(broker);
        ProtocolVersion version = ProtocolVersion.MQTT_5;
        wire.take(version, ConnectRequest.of(version, "c").build());
        ByteBuf both = bytes(
                version, new Packet.Publish(false, QoS.AT_MOST_ONCE, false, one, 0, new byte[100], Properties.NONE));
        ByteBuf second = bytes(
                version, new Packet.Publish(false, QoS.AT_MOST_ONCE, false, other, 0, new byte[100], Properties.NONE));
        both.writeBytes(second);
        second.release();
        wire.take(both, MESSAGES);

        long before = threads.getCurrentThreadAllocatedBytes();
        wire.take(both, MESSAGES);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated).isLessThan(MESSAGES);
        assertThat(rights.asked).hasSizeLessThanOrEqualTo(2);
        both.release();
        wire.end();
    }

    @Test
    void givenHookThatLooksAtTheTopic_whenMessagesPass_thenTheyAreNotCopiedForIt() {
        TestBroker broker = start();
        PublishHook hook = (client, publish) -> {
            boolean wanted = publish.topic().startsWith("a/") && publish.payloadLength() == 1000;
            return wanted ? Verdict.PASS : new Verdict.Refuse(ReasonCode.NOT_AUTHORIZED);
        };
        broker.hooks().publishHooks().add(hook, new Origin("test.hook", 0, 1));
        Sink wire = new Sink(broker);
        wire.take(
                ProtocolVersion.MQTT_5,
                ConnectRequest.of(ProtocolVersion.MQTT_5, "c").build());
        ByteBuf publish = bytes(
                ProtocolVersion.MQTT_5,
                new Packet.Publish(false, QoS.AT_MOST_ONCE, false, "a/b", 0, new byte[1000], Properties.NONE));
        wire.take(publish, MESSAGES);

        long before = threads.getCurrentThreadAllocatedBytes();
        wire.take(publish, MESSAGES);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(broker.fate("no_subscribers")).isEqualTo(2 * MESSAGES);
        // What tells a hook that it reads too late has 24 bytes.
        assertThat(allocated).isLessThan(25L * MESSAGES);
        publish.release();
        wire.end();
    }

    private static ByteBuf bytes(ProtocolVersion version, Packet packet) {
        ByteBuf out = Unpooled.directBuffer();
        PacketEncoder.encode(packet, version, out);
        return out;
    }

    /** A connection whose peer takes everything at once and forgets it. */
    private static final class Sink implements Wire {
        private final TestBroker broker;
        private final Loop loop;
        private final ByteBuf out = Unpooled.directBuffer(4096);
        private final WireHandler handler;

        Sink(TestBroker broker) {
            this.broker = broker;
            this.loop = broker.loops().loop(0);
            this.handler = broker.broker().open(this);
        }

        void take(ProtocolVersion version, Packet packet) {
            ByteBuf bytes = bytes(version, packet);
            take(bytes, 1);
            bytes.release();
            broker.settle();
        }

        /** The peer sends the same bytes several times. */
        void take(ByteBuf bytes, int times) {
            broker.loops().on(loop, () -> {
                for (int i = 0; i < times; i++) {
                    bytes.readerIndex(0);
                    handler.onBytes(bytes);
                    handler.onFlushed();
                }
            });
        }

        void end() {
            broker.loops().on(loop, () -> handler.onClosed("tcp_closed", null));
            broker.settle();
            out.release();
        }

        @Override
        public Loop loop() {
            return loop;
        }

        @Override
        public Entrance entrance() {
            return broker.entrance();
        }

        @Override
        public @Nullable InetSocketAddress remoteAddress() {
            return null;
        }

        @Override
        public @Nullable InetSocketAddress localAddress() {
            return null;
        }

        @Override
        public @Nullable PeerCertificate certificate() {
            return null;
        }

        @Override
        public ByteBuf output(int bytes) {
            return out.clear();
        }

        @Override
        public void outputShared(ByteBuf bytes) {
            bytes.release();
        }

        @Override
        public long pendingBytes() {
            return 0;
        }

        @Override
        public long sentBytes() {
            return 0;
        }

        @Override
        public void pause() {
            // nobody sends meanwhile
        }

        @Override
        public void resume() {
            // nor waits
        }

        @Override
        public void moveTo(Loop target, Runnable arrived) {
            throw new UnsupportedOperationException("there is one loop");
        }

        @Override
        public void close() {
            throw new AssertionError("nobody closes this connection");
        }

        @Override
        public void hangUp() {
            close();
        }

        @Override
        public void abort() {
            close();
        }
    }
}
