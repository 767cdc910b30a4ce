// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.store;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Changes that survive together or not at all, in the order in which they were noted. Used by one thread at a time; who
 * hands it to {@link Store#commit} does not touch it again before its commit has ended.
 *
 * @since 1.0
 */
public final class Batch {
    /** What is to be done with each change. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * One change. The array is shared and must not be kept.
         *
         * @param table where
         * @param kind what
         * @param bytes holds key and value
         * @param key where the key begins in it
         * @param keyLength how long the key is
         * @param value where the value begins; the end of the range with {@link Kind#DELETE_RANGE}, which is left out
         * @param valueLength how long that is; 0 with {@link Kind#DELETE}
         */
        void change(Table table, Kind kind, byte[] bytes, int key, int keyLength, int value, int valueLength);
    }

    /** What a change does. */
    public enum Kind {
        /** Sets a value, whether there was one or not. */
        PUT,
        /** Removes a key, whether it is there or not. */
        DELETE,
        /** Removes every key from one on up to another, which is left out. */
        DELETE_RANGE
    }

    /** Operation, table, length of the key, length of the value. */
    private static final int HEAD = 2 + 4 + 4;

    private static final byte CANCELLED = -1;
    private static final Table[] TABLES = Table.values();
    private static final Kind[] KINDS = Kind.values();

    private byte[] bytes;
    private int length;
    private int changes;

    /** An empty batch. */
    public Batch() {
        this(1024);
    }

    /** @param capacity for how many bytes there is room before it grows */
    public Batch(int capacity) {
        this.bytes = new byte[Math.max(capacity, 64)];
    }

    /** Sets a value. Returns its place, for {@link #cancel}. */
    public int put(Table table, byte[] key, byte[] value) {
        return note(Kind.PUT, table, key, value);
    }

    /** Removes a key. Returns its place, for {@link #cancel}. */
    public int delete(Table table, byte[] key) {
        return note(Kind.DELETE, table, key, NOTHING);
    }

    /**
     * Removes every key of a range. Meant for what is removed seldom and at once, as a whole session: ranges make later
     * reads slower.
     *
     * @param from the first key
     * @param to the first key that stays
     */
    public void deleteRange(Table table, byte[] from, byte[] to) {
        note(Kind.DELETE_RANGE, table, from, to);
    }

    /** Takes back a change that has not been handed over yet. */
    public void cancel(int place) {
        if (place < 0 || place >= length) {
            throw new IllegalArgumentException(
                    "expected the place of a change, 0 to " + (length - 1) + ", not " + place);
        }
        if (bytes[place] != CANCELLED) {
            bytes[place] = CANCELLED;
            changes--;
        }
    }

    /** Adds every change of another batch behind its own. Returns where they begin. */
    public int append(Batch other) {
        int at = length;
        room(other.length);
        System.arraycopy(other.bytes, 0, bytes, length, other.length);
        length += other.length;
        changes += other.changes;
        return at;
    }

    /** How many changes it has. */
    public int changes() {
        return changes;
    }

    /** Whether there is nothing to do. */
    public boolean isEmpty() {
        return changes == 0;
    }

    /** Its bytes, those of cancelled changes included. */
    public int length() {
        return length;
    }

    /** Forgets all changes, to be used again; a batch that has grown very long gives its memory back. */
    public void clear() {
        length = 0;
        changes = 0;
        if (bytes.length > MOST_KEPT) {
            bytes = new byte[1024];
        }
    }

    /** Shows every change that was not cancelled, in order. */
    public void forEach(Visitor visitor) {
        ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
        while (in.hasRemaining()) {
            byte kind = in.get();
            byte table = in.get();
            int keyLength = in.getInt();
            int valueLength = in.getInt();
            int key = in.position();
            in.position(key + keyLength + valueLength);
            if (kind != CANCELLED) {
                visitor.change(TABLES[table], KINDS[kind], bytes, key, keyLength, key + keyLength, valueLength);
            }
        }
    }

    private static final byte[] NOTHING = {};
    private static final int MOST_KEPT = 1 << 20;

    private int note(Kind kind, Table table, byte[] key, byte[] value) {
        room(HEAD + key.length + value.length);
        int at = length;
        bytes[at] = (byte) kind.ordinal();
        bytes[at + 1] = (byte) table.ordinal();
        ByteBuffer.wrap(bytes, at + 2, 8).putInt(key.length).putInt(value.length);
        System.arraycopy(key, 0, bytes, at + HEAD, key.length);
        System.arraycopy(value, 0, bytes, at + HEAD + key.length, value.length);
        length += HEAD + key.length + value.length;
        changes++;
        return at;
    }

    private void room(int more) {
        int needed = Math.addExact(length, more);
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(needed, bytes.length * 2L)));
        }
    }
}
