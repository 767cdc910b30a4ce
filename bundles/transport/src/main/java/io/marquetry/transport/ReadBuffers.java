// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells Netty to read into the buffer that the wire names: the loop's own, or that of a long packet. A read that does
 * not fill the buffer has emptied the socket, so no second one is made to find that out.
 *
 * <p>Until there is a wire, and always where it is encrypted, handlers in front keep the buffers they are given: then
 * each read gets a buffer of its own, of the size that was needed before.
 */
final class ReadBuffers implements RecvByteBufAllocator {
    /** Full reads in a row before other sockets have their turn. */
    private static final int READS = 4;
    /** Little at first: a peer that sends a piece of a handshake and stops pins no more than that. */
    private static final AdaptiveRecvByteBufAllocator OWN = new AdaptiveRecvByteBufAllocator(512, 2048, 32 * 1024);

    private @Nullable NettyWire wire;

    /** Reads into the buffers of this wire from the next time on that the socket is ready; on the channel's loop. */
    void into(NettyWire direct) {
        wire = direct;
    }

    @Override
    @SuppressWarnings("deprecation") // Netty names the new type, and still asks for the old one
    public Handle newHandle() {
        return new Reads();
    }

    @SuppressWarnings("deprecation")
    private final class Reads implements ExtendedHandle {
        /** There as long as handlers keep buffers; looked at afresh each time the socket is ready. */
        private @Nullable ExtendedHandle own = wire == null ? (ExtendedHandle) OWN.newHandle() : null;

        private int attempted;
        private int last;
        private int reads;

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return own == null ? Objects.requireNonNull(wire).bufferToRead() : own.allocate(allocator);
        }

        @Override
        public int guess() {
            return own == null ? LoopIo.READ_BYTES : own.guess();
        }

        @Override
        public void reset(ChannelConfig config) {
            if (own != null && wire != null) {
                own = null;
            }
            if (own != null) {
                own.reset(config);
            }
            reads = 0;
        }

        @Override
        public void incMessagesRead(int count) {
            if (own != null) {
                own.incMessagesRead(count);
            }
            reads += count;
        }

        @Override
        public void lastBytesRead(int bytes) {
            if (own != null) {
                own.lastBytesRead(bytes);
            }
            last = bytes;
        }

        @Override
        public int lastBytesRead() {
            return last;
        }

        @Override
        public void attemptedBytesRead(int bytes) {
            if (own != null) {
                own.attemptedBytesRead(bytes);
            }
            attempted = bytes;
        }

        @Override
        public int attemptedBytesRead() {
            return attempted;
        }

        @Override
        public boolean continueReading() {
            if (own != null) {
                return own.continueReading();
            }
            return last > 0
                    && last == attempted
                    && reads < READS
                    && Objects.requireNonNull(wire).isReading();
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return continueReading();
        }

        @Override
        public void readComplete() {
            if (own != null) {
                own.readComplete();
            }
        }
    }
}
