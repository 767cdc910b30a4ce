// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The packet identifiers in use as they lie in the store: the one that is given out next, then each in order with its
 * state and, unless PUBREC has come, the sequence of its message. Whether one is still in use is told by its message:
 * acknowledged ones are gone from the queue, and the window need not be written again for that.
 */
final class WindowRecord {
    private static final byte VERSION = 1;
    private static final int HEAD = 3;

    private final int nextId;
    private final int[] ids;
    private final byte[] states;
    private final long[] sequences;

    private WindowRecord(int nextId, int[] ids, byte[] states, long[] sequences) {
        this.nextId = nextId;
        this.ids = ids;
        this.states = states;
        this.sequences = sequences;
    }

    int nextId() {
        return nextId;
    }

    int size() {
        return ids.length;
    }

    int id(int i) {
        return ids[i];
    }

    byte state(int i) {
        return states[i];
    }

    long sequence(int i) {
        return sequences[i];
    }

    /** Collects what is written; used once for each record. */
    static final class Writer {
        private ByteBuffer out = ByteBuffer.allocate(64).position(HEAD);

        void slot(int id, byte state, long sequence) {
            if (out.remaining() < 11) {
                out = ByteBuffer.wrap(Arrays.copyOf(out.array(), out.capacity() * 2))
                        .position(out.position());
            }
            out.putShort((short) id).put(state);
            if (state != Inflight.RELEASED) {
                out.putLong(sequence);
            }
        }

        boolean isEmpty() {
            return out.position() == HEAD;
        }

        byte[] end(int nextId) {
            out.put(0, VERSION).putShort(1, (short) nextId);
            return Arrays.copyOf(out.array(), out.position());
        }
    }

    /** @throws IllegalArgumentException when it is none */
    static WindowRecord read(byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        try {
            byte version = in.get();
            int nextId = in.getShort() & 0xFFFF;
            if (version != VERSION || nextId == 0) {
                throw new IllegalArgumentException(
                        "expected version " + VERSION + " and an identifier, not " + version + " and " + nextId);
            }
            int most = in.remaining() / 3;
            int[] ids = new int[most];
            byte[] states = new byte[most];
            long[] sequences = new long[most];
            int size = 0;
            while (in.hasRemaining()) {
                ids[size] = in.getShort() & 0xFFFF;
                states[size] = in.get();
                if (ids[size] == 0 || states[size] < Inflight.AT_LEAST_ONCE || states[size] > Inflight.RELEASED) {
                    throw new IllegalArgumentException(
                            "expected an identifier and its state, not " + ids[size] + " and " + states[size]);
                }
                sequences[size] = states[size] == Inflight.RELEASED ? 0 : in.getLong();
                size++;
            }
            return new WindowRecord(
                    nextId, Arrays.copyOf(ids, size), Arrays.copyOf(states, size), Arrays.copyOf(sequences, size));
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("expected packet identifiers, but their record is cut off", e);
        }
    }
}
