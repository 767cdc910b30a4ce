// SPDX-License-Identifier: Apache-2.0
package io.marquetry.benchmarks;

import io.marquetry.api.client.PeerCertificate;
import io.marquetry.core.port.Entrance;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.Terms;
import io.marquetry.core.port.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A wire whose peer takes everything at once and forgets it. */
final class BenchWire implements Wire {
    private final Loop loop;
    private final ByteBuf out = Unpooled.directBuffer(4096);

    BenchWire(Loop loop) {
        this.loop = loop;
    }

    @Override
    public Loop loop() {
        return loop;
    }

    @Override
    public Entrance entrance() {
        return ENTRANCE;
    }

    private static final Entrance ENTRANCE = new Entrance() {
        @Override
        public String listener() {
            return "tcp:bench";
        }

        @Override
        public Terms terms() {
            return Terms.NONE;
        }
    };

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
    public void pause() {}

    @Override
    public void resume() {}

    @Override
    public void moveTo(Loop target, Runnable arrived) {
        throw new UnsupportedOperationException("there is one loop");
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("nobody closes this connection");
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
