// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.admin.StorageCheck;
import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import io.marquetry.core.internal.router.RetainedMessages;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether what was written still fits together, while more is written. Tables are read one after the other, in
 * pages, so what was written or removed meanwhile looks as if something were missing: whatever looks so is looked at
 * again once everything is committed that was under way, and only what still looks so counts.
 */
public final class StoreCheck {
    private static final int PAGE = 10_000;
    private static final int SENTENCES = 100;

    /** Something that may be wrong, or was only half written when we looked. */
    private interface Suspect {
        void lookAgain() throws StoreException;
    }

    private final Store store;
    private final Runnable settle;
    private final TreeMap<String, Long> records = new TreeMap<>();
    private final List<String> damage = new ArrayList<>();
    private final List<String> rest = new ArrayList<>();
    private final List<Suspect> suspects = new ArrayList<>();
    private long damages;
    private long leftovers;

    private long[] sessions = new long[1024];
    private int sessionCount;
    private long known;

    private StoreCheck(Store store, Runnable settle) {
        this.store = store;
        this.settle = settle;
    }

    /**
     * Checks a store. Takes as long as the disk needs, so not for a loop.
     *
     * @param settle returns when everything is committed, or was given up, that the broker has noted until now
     * @throws StoreException when the store cannot be looked at
     */
    public static StorageCheck of(Store store, Runnable settle) throws StoreException {
        StoreCheck check = new StoreCheck(store, settle);
        store.verify(check::damaged);
        for (Table table : Table.values()) {
            check.walk(table);
        }
        check.references();
        return check.result();
    }

    private StorageCheck result() {
        List<String> sentences = new ArrayList<>(damage);
        rest.stream().limit(SENTENCES - sentences.size()).forEach(sentences::add);
        return new StorageCheck(records, damages, leftovers, sentences);
    }

    private void damaged(String sentence) {
        damages++;
        if (damage.size() < SENTENCES) {
            damage.add(sentence);
        }
    }

    private void leftOver(String sentence) {
        leftovers++;
        if (rest.size() < SENTENCES) {
            rest.add(sentence);
        }
    }

    /** Sessions come before what belongs to them: so stand the tables. */
    private void walk(Table table) throws StoreException {
        records.put(table.label(), 0L);
        byte @Nullable [] from = new byte[0];
        while (from != null) {
            Page page = new Page(table);
            try {
                store.read(table, from, null, page);
            } catch (StoreException e) {
                // The store's own check has said where; what lies behind it cannot be judged.
                damaged("table " + table.label() + " cannot be read from key " + hex(from) + " on: " + e.getMessage());
                return;
            }
            lookAgain();
            from = page.next();
        }
    }

    private final class Page implements Store.Reader {
        private final Table table;
        private int count;
        private byte @Nullable [] last;

        Page(Table table) {
            this.table = table;
        }

        @Override
        public boolean read(byte[] key, byte[] value) {
            records.merge(table.label(), 1L, Long::sum);
            look(table, key, value);
            last = key;
            return ++count < PAGE;
        }

        /** The first key that could follow, or null when all were read. */
        byte @Nullable [] next() {
            return count < PAGE || last == null ? null : Arrays.copyOf(last, last.length + 1);
        }
    }

    private void look(Table table, byte[] key, byte[] value) {
        try {
            switch (table) {
                case META -> {}
                case SESSION -> {
                    expect(key, Long.BYTES);
                    remember(Keys.number(key));
                    SessionRecord.read(value);
                }
                case SUBSCRIPTION -> {
                    if (key.length <= Long.BYTES) {
                        throw new IllegalArgumentException("expected a session and a topic filter");
                    }
                    belongs(table, key);
                    TopicFilter.parse(text(key, Long.BYTES));
                    SubscriptionRecord.read(value);
                }
                case QUEUE -> {
                    expect(key, 2 * Long.BYTES);
                    belongs(table, key);
                    QueueRecord record = QueueRecord.read(value);
                    if (record.body() == 0) {
                        record.read(0);
                    }
                }
                case MESSAGE -> {
                    expect(key, Long.BYTES);
                    QueueRecord.body(value, 0);
                }
                case INFLIGHT -> {
                    expect(key, Long.BYTES);
                    belongs(table, key);
                    WindowRecord.read(value);
                }
                case INBOX -> {
                    expect(key, Long.BYTES + Short.BYTES);
                    belongs(table, key);
                }
                case RETAINED -> {
                    TopicFilter topic = TopicFilter.parse(text(key, 0));
                    if (topic.hasWildcard() || topic.isShared() || !RetainedMessages.canRead(key, value)) {
                        throw new IllegalArgumentException("expected a topic name and its message");
                    }
                }
            }
        } catch (IllegalArgumentException | BufferUnderflowException | IndexOutOfBoundsException e) {
            damaged("table " + table.label() + " has a record that is not as it was written: " + e.getMessage()
                    + " (key " + hex(key) + ")");
        }
    }

    private static void expect(byte[] key, int length) {
        if (key.length != length) {
            throw new IllegalArgumentException("expected a key of " + length + " bytes, not of " + key.length);
        }
    }

    private static String text(byte[] key, int at) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(key, at, key.length - at))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("expected text in UTF-8", e);
        }
    }

    // --- messages of several queues ---

    private void references() throws StoreException {
        try {
            new References(store, new Doubts()).look();
        } catch (StoreException e) {
            damaged("whether messages of several queues are there cannot be told: " + e.getMessage());
        }
    }

    private final class Doubts implements References.Suspicions {
        @Override
        public void missing(byte[] queueKey, long number) {
            suspects.add(() -> StoreCheck.this.missing(queueKey, number));
        }

        @Override
        public void unused(long number) {
            suspects.add(() -> StoreCheck.this.unused(number));
        }

        @Override
        public void lookAgain() throws StoreException {
            StoreCheck.this.lookAgain();
        }
    }

    private void missing(byte[] key, long number) throws StoreException {
        // In this order: whoever takes the message away has taken the reference away before, or with it.
        if (store.get(Table.MESSAGE, Keys.of(number)) == null
                && References.referredTo(store.get(Table.QUEUE, key)) == number) {
            damaged("a queue of session " + Keys.number(key) + " refers to message " + number
                    + ", which is not there (key " + hex(key) + ")");
        }
    }

    private void unused(long number) throws StoreException {
        if (store.get(Table.MESSAGE, Keys.of(number)) != null) {
            leftOver("no queue refers to message " + number);
        }
    }

    // --- sessions ---

    private void remember(long session) {
        if (sessionCount == sessions.length) {
            sessions = Arrays.copyOf(sessions, sessionCount * 2);
        }
        sessions[sessionCount++] = session;
    }

    private void belongs(Table table, byte[] key) {
        long session = Keys.number(key);
        if (session == known && session != 0) {
            return;
        }
        if (Arrays.binarySearch(sessions, 0, sessionCount, session) >= 0) {
            known = session;
        } else {
            suspects.add(() -> homeless(table, key, session));
        }
    }

    private void homeless(Table table, byte[] key, long session) throws StoreException {
        // In this order: a session that ended between the two looks has taken its records with it.
        if (store.get(Table.SESSION, Keys.of(session)) == null && store.get(table, key) != null) {
            leftOver("table " + table.label() + " has a record of session " + session + ", which is not there (key "
                    + hex(key) + ")");
        }
    }

    private void lookAgain() throws StoreException {
        if (!suspects.isEmpty()) {
            settle.run();
            for (Suspect suspect : suspects) {
                suspect.lookAgain();
            }
            suspects.clear();
        }
    }

    private static String hex(byte[] key) {
        return key.length == 0 ? "(empty)" : HexFormat.of().formatHex(key, 0, Math.min(key.length, 64));
    }
}
