// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.transport.TestTally;
import io.marquetry.transport.tls.TlsSettings.Provider;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who waits for whom during a handshake. */
class TlsIdleTest {
    @TempDir
    private Path base;

    @ParameterizedTest
    @EnumSource(value = Provider.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void givenNoThreadIsFree_whenPeerHasSaidHello_thenItWaitsForUsUntilOneIs(Provider provider) throws Exception {
        CountDownLatch free = new CountDownLatch(1);
        EmbeddedChannel channel = new EmbeddedChannel();
        try (Tls tls = new Tls("ssl:test", TlsFixture.settings(provider), base, new TestTally(), Clock.systemUTC())) {
            SslHandler handler = tls.newHandler(channel);
            channel.pipeline().addLast(handler);
            long silent = tls.idleNanos(handler);
            for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
                TlsThreads.forHandshakes().execute(() -> awaitQuietly(free));
            }

            channel.writeInbound(hello());
            long waiting = tls.idleNanos(handler);
            free.countDown();

            assertThat(silent).isPositive();
            assertThat(waiting).isZero();
            while (channel.outboundMessages().isEmpty()) {
                Thread.onSpinWait();
                channel.runPendingTasks();
            }
            assertThat(tls.idleNanos(handler)).isPositive();
        } finally {
            free.countDown();
            channel.finishAndReleaseAll();
        }
    }

    private static ByteBuf hello() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, null, null);
        SSLEngine client = context.createSSLEngine();
        client.setUseClientMode(true);
        ByteBuffer bytes = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
        client.wrap(ByteBuffer.allocate(0), bytes);
        return Unpooled.wrappedBuffer(bytes.flip());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
