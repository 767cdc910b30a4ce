// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Fifteen thousand clients lose their broker and all come back at once: each gets in, and who is there stays. */
@OnlyMarquetry
class StormIT {
    private static final int CLIENTS = 15_000;
    /** That wait for an answer at one time: they knock faster than a listener's backlog is long. */
    private static final int AT_ONCE = 2_000;

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final int CONNACK = 0x20;
    private static final int CONNACK_BYTES = 4;

    /** Clients on one thread; who is refused, or finds nobody, tries again. */
    private static final class Crowd implements AutoCloseable {
        private final Selector selector = Selector.open();
        private final InetSocketAddress address;
        private final Queue<Integer> outside = new ArrayDeque<>();
        private int knocking;
        private int inside;

        Crowd(int port) throws IOException {
            address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            for (int i = 0; i < CLIENTS; i++) {
                outside.add(i);
            }
        }

        /** Returns how many got in before the time was up. */
        int enter() throws IOException {
            long until = System.nanoTime() + LIMIT.toNanos();
            while (inside < CLIENTS && System.nanoTime() < until) {
                while (knocking < AT_ONCE && !outside.isEmpty()) {
                    knock(outside.remove());
                }
                selector.select(100);
                for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext(); keys.remove()) {
                    advance(keys.next());
                }
            }
            return inside;
        }

        private void knock(int number) throws IOException {
            SocketChannel channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_CONNECT, number);
            channel.connect(address);
            knocking++;
        }

        private void advance(SelectionKey key) throws IOException {
            SocketChannel channel = (SocketChannel) key.channel();
            int number = (int) key.attachment();
            try {
                if (key.isConnectable()) {
                    channel.finishConnect();
                    channel.write(connect(number));
                    key.interestOps(SelectionKey.OP_READ);
                    return;
                }
                ByteBuffer answer = ByteBuffer.allocate(CONNACK_BYTES);
                if (channel.read(answer) == CONNACK_BYTES && answer.get(0) == CONNACK && answer.get(3) == 0) {
                    key.interestOps(0);
                    knocking--;
                    inside++;
                    return;
                }
            } catch (IOException e) {
                // nobody there, or not now
            }
            key.cancel();
            channel.close();
            knocking--;
            outside.add(number);
        }

        /** MQTT 3.1.1, a clean session, no keep alive. */
        private static ByteBuffer connect(int number) {
            byte[] id = ("storm" + number).getBytes(StandardCharsets.US_ASCII);
            ByteBuffer packet = ByteBuffer.allocate(14 + id.length);
            packet.put((byte) 0x10).put((byte) (12 + id.length));
            packet.putShort((short) 4)
                    .put("MQTT".getBytes(StandardCharsets.US_ASCII))
                    .put((byte) 4);
            packet.put((byte) 2).putShort((short) 0).putShort((short) id.length).put(id);
            return packet.flip();
        }

        @Override
        public void close() throws IOException {
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        }
    }

    @Test
    void givenCrowdOfClients_whenTheBrokerIsStartedAgain_thenAllGetInAndWhoIsThereStays() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try (BrokerProcess broker = BrokerProcess.start(BrokerSettings.defaults())) {
            try (Crowd crowd = new Crowd(broker.port())) {
                assertThat(crowd.enter()).isEqualTo(CLIENTS);
                broker.stop();
            }
            broker.restart();
            try (Crowd crowd = new Crowd(broker.port());
                    Probe there = broker.open(Version.V5)) {
                there.connectOk(Packets.connect("there").keepAlive(0));
                assertThat(there.subscribe("there", 1)).isEqualTo(1);

                Future<Integer> storm = threads.submit(crowd::enter);

                int rounds = 0;
                while (!storm.isDone()) {
                    assertThat(there.publish("other", "during", 1)).isLessThan(0x80);
                    there.ping();
                    rounds++;
                }
                assertThat(storm.get()).isEqualTo(CLIENTS);
                assertThat(rounds).isPositive();
                there.ping();
            }
            Accounting.assertBalanced(broker.port());
        } finally {
            threads.shutdownNow();
        }
    }
}
