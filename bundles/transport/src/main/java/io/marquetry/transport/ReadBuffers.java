// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Tells Netty to read into the buffer that the wire names: the loop's own, or that of a long packet. A read that does
 * not fill the buffer has emptied the socket, so no second one is made to find that out.
 */
final class ReadBuffers implements RecvByteBufAllocator {
    /** Full reads in a row before other sockets have their turn. */
    private static final int READS = 4;

    private final NettyWire wire;

    ReadBuffers(NettyWire wire) {
        this.wire = wire;
    }

    @Override
    @SuppressWarnings("deprecation") // Netty names the new type, and still asks for the old one
    public Handle newHandle() {
        return new OneBuffer(wire);
    }

    @SuppressWarnings("deprecation")
    private static final class OneBuffer implements ExtendedHandle {
        private final NettyWire wire;
        private int attempted;
        private int last;
        private int reads;

        OneBuffer(NettyWire wire) {
            this.wire = wire;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return wire.bufferToRead();
        }

        @Override
        public int guess() {
            return LoopIo.READ_BYTES;
        }

        @Override
        public void reset(ChannelConfig config) {
            reads = 0;
        }

        @Override
        public void incMessagesRead(int count) {
            reads += count;
        }

        @Override
        public void lastBytesRead(int bytes) {
            last = bytes;
        }

        @Override
        public int lastBytesRead() {
            return last;
        }

        @Override
        public void attemptedBytesRead(int bytes) {
            attempted = bytes;
        }

        @Override
        public int attemptedBytesRead() {
            return attempted;
        }

        @Override
        public boolean continueReading() {
            return last > 0 && last == attempted && reads < READS && wire.isReading();
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return continueReading();
        }

        @Override
        public void readComplete() {
            // nothing is learnt from one read for the next
        }
    }
}
