// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.core.port.Door;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.Wire;
import io.marquetry.core.port.WireHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A broker's end with a protocol of its own, so that a wire is tested and nothing else: frames of a four byte length, a
 * command and a body. Every frame is sent back; some commands do more before.
 */
final class EchoDoor implements Door {
    static final byte ECHO = 0;
    /** Moves to the next loop, and goes on there. */
    static final byte MOVE = 1;
    /** Does not read for a few turns. */
    static final byte PAUSE = 2;
    /** Answers by reference. */
    static final byte SHARED = 3;
    /** Answers with as many bytes as the body says, as fast as they are taken. */
    static final byte FLOOD = 4;
    /** Answers, and closes. */
    static final byte CLOSE = 5;

    static final int HEAD = 5;

    final AtomicLong bytesSeen = new AtomicLong();
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final AtomicInteger wrongLoop = new AtomicInteger();
    final AtomicLong mostPending = new AtomicLong();
    /** Why connections ended, and the wires of all there were. */
    final List<String> reasons = new CopyOnWriteArrayList<>();

    final List<Wire> wires = new CopyOnWriteArrayList<>();
    private final Map<String, TestTally> tallies = new ConcurrentHashMap<>();
    private final List<Loop> loops;

    EchoDoor(List<Loop> loops) {
        this.loops = loops;
    }

    @Override
    public List<Loop> loops() {
        return loops;
    }

    @Override
    public WireHandler open(Wire wire) {
        opened.incrementAndGet();
        wires.add(wire);
        return new Echo(wire);
    }

    @Override
    public boolean anonymousAccess() {
        return true;
    }

    @Override
    public CompletionStage<?> endConnections(String listener) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public TestTally tally(String listener) {
        return tallies.computeIfAbsent(listener, name -> new TestTally());
    }

    private final class Echo implements WireHandler {
        private static final int MOST_PENDING = 1 << 20;

        private final Wire wire;
        private boolean held;
        private boolean over;
        private int seen;
        private long flood;
        private long flooded;

        Echo(Wire wire) {
            this.wire = wire;
        }

        @Override
        public void onBytes(ByteBuf in) {
            check();
            int unread = in.readableBytes();
            bytesSeen.addAndGet(unread - seen);
            while (!held && !over && in.readableBytes() >= HEAD && in.readableBytes() >= bytesWanted(in)) {
                frame(in, bytesWanted(in));
            }
            if (over) {
                in.skipBytes(in.readableBytes());
            }
            seen = in.readableBytes();
        }

        private void frame(ByteBuf in, int length) {
            byte command = in.getByte(in.readerIndex() + 4);
            switch (command) {
                case SHARED -> {
                    ByteBuf shared = PooledByteBufAllocator.DEFAULT.directBuffer(length);
                    shared.writeBytes(in, length);
                    wire.outputShared(shared);
                }
                case FLOOD -> {
                    flood = in.getInt(in.readerIndex() + HEAD);
                    in.skipBytes(length);
                    onFlushed();
                }
                default -> {
                    int left = length;
                    while (left > 0) {
                        int part = Math.min(left, 64 * 1024);
                        wire.output(part).writeBytes(in, part);
                        left -= part;
                    }
                }
            }
            if (command == MOVE) {
                held = true;
                Loop next = loops.get((wire.loop().index() + 1) % loops.size());
                wire.moveTo(next, this::goOn);
            } else if (command == PAUSE) {
                held = true;
                wire.pause();
                Loop loop = wire.loop();
                loop.execute(() -> loop.execute(() -> loop.execute(this::goOn)));
            } else if (command == CLOSE) {
                over = true;
                wire.close();
            }
        }

        private void goOn() {
            check();
            held = false;
            wire.resume();
        }

        @Override
        public int bytesWanted(ByteBuf in) {
            return in.readableBytes() < 4 ? -1 : 4 + in.getInt(in.readerIndex());
        }

        @Override
        public void onFlushed() {
            check();
            while (flooded < flood && wire.pendingBytes() < MOST_PENDING) {
                int part = (int) Math.min(10_000, flood - flooded);
                ByteBuf out = wire.output(part);
                for (int i = 0; i < part; i++) {
                    out.writeByte((byte) (flooded + i));
                }
                flooded += part;
            }
            mostPending.accumulateAndGet(wire.pendingBytes(), Math::max);
        }

        @Override
        public void onClosed(String reason, @Nullable Throwable cause) {
            check();
            reasons.add(reason);
            closed.incrementAndGet();
        }

        private void check() {
            if (!wire.loop().inLoop()) {
                wrongLoop.incrementAndGet();
            }
        }
    }
}
