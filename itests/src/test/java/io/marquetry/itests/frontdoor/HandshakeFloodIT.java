// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import static io.marquetry.itests.frontdoor.FrontDoor.Type.SSL;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.Certificates;
import io.marquetry.itests.support.Certificates.Issued;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Twenty thousand handshakes are begun and left; whoever is there stays, who is honest gets in, memory is bounded. */
@OnlyMarquetry
class HandshakeFloodIT {
    private static final int FLOOD = 20_000;
    /** Of them at one time; a process may open 20,000 files, and a port has 28,000 others to be called from. */
    private static final int AT_ONCE = 4_000;

    private static final Duration LIMIT = Duration.ofSeconds(240);
    private static final long MOST_BYTES = 900L << 20;
    /** The beginning of a ClientHello that never comes to its end. */
    private static final byte[] HALF_HELLO = {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xFC, 3, 3};

    @TempDir
    Path folder;

    @Test
    void givenFloodOfHandshakesThatAreLeft_whenItGoesOn_thenOthersStayAndHonestClientsGetIn() throws Exception {
        Certificates certificates = Certificates.in(Files.createDirectory(folder.resolve("ca")));
        Issued server = certificates.server("server", "localhost", "127.0.0.1");
        ExecutorService threads = Executors.newCachedThreadPool();
        AtomicBoolean over = new AtomicBoolean();
        try (FrontDoor door = FrontDoor.builder()
                        .listener(SSL, "CERT_FILE=" + server.certificate(), "KEY_FILE=" + server.key())
                        .start();
                Probe there = Probe.secure(door.port(SSL), Version.V5, certificates.context(null))) {
            there.connectOk(Packets.connect("there").keepAlive(0));
            Future<Integer> flood = threads.submit(() -> flood(door.port(SSL), over));

            Patience.until(
                    "the flood to have begun",
                    LIMIT,
                    () -> door.ended("ssl:default", "ssl_upgrade_timeout") > 0 || flood.isDone());
            for (int i = 0; i < 5; i++) {
                there.ping();
                try (Probe honest = Probe.secure(door.port(SSL), Version.V5, certificates.context(null))) {
                    honest.connectOk(Packets.connect("honest" + i));
                    honest.disconnect();
                }
            }

            assertThat(flood.get(LIMIT.toSeconds(), java.util.concurrent.TimeUnit.SECONDS))
                    .isEqualTo(FLOOD);
            there.ping();
            assertThat(residentBytes(door.broker().pid())).isLessThan(MOST_BYTES);
            Patience.until("nobody but the one who stays to be left", LIMIT, () -> door.current("ssl:default") == 1);
            // What found the kernel's backlog full never came to the broker.
            assertThat(ended(door)).isGreaterThan(FLOOD / 2);
            Accounting.assertBalanced(door.broker().port());
        } finally {
            over.set(true);
            threads.shutdownNow();
        }
    }

    private static long ended(FrontDoor door) {
        return door.ended("ssl:default", "ssl_upgrade_timeout") + door.ended("ssl:default", "ssl_closed");
    }

    /** Opens connections until there were so many, and leaves them: the broker must end them. Returns how many. */
    private static int flood(int port, AtomicBoolean over) throws IOException {
        int begun = 0;
        int open = 0;
        try (Selector selector = Selector.open()) {
            while ((begun < FLOOD || open > 0) && !over.get()) {
                while (begun < FLOOD && open < AT_ONCE) {
                    SocketChannel channel = SocketChannel.open();
                    channel.configureBlocking(false);
                    channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                    channel.register(selector, SelectionKey.OP_CONNECT);
                    begun++;
                    open++;
                }
                selector.select(100);
                for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext(); keys.remove()) {
                    open -= advance(keys.next());
                }
            }
        }
        return begun;
    }

    /** Connects and sends a little, then waits for the end; returns 1 when it has come. */
    private static int advance(SelectionKey key) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        try {
            if (key.isConnectable()) {
                channel.finishConnect();
                channel.write(ByteBuffer.wrap(HALF_HELLO));
                key.interestOps(SelectionKey.OP_READ);
                return 0;
            }
            if (channel.read(ByteBuffer.allocate(64)) >= 0) {
                return 0;
            }
        } catch (IOException e) {
            // a reset is an end too
        }
        key.cancel();
        channel.close();
        return 1;
    }

    private static long residentBytes(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new AssertionError("no VmRSS of process " + pid);
    }
}
