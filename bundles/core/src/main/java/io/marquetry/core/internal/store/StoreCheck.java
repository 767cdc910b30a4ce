// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.store;

import io.marquetry.api.admin.StorageCheck;
import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
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
    private record Suspect(Table table, byte[] key, long session) {}

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
            look(table, key);
            last = key;
            return ++count < PAGE;
        }

        /** The first key that could follow, or null when all were read. */
        byte @Nullable [] next() {
            return count < PAGE || last == null ? null : Arrays.copyOf(last, last.length + 1);
        }
    }

    private void look(Table table, byte[] key) {
        switch (table) {
            case META -> {}
            case SESSION -> {
                if (has(key, 8, table)) {
                    remember(number(key));
                }
            }
            case SUBSCRIPTION -> {
                if (key.length > 8) {
                    belongs(table, key);
                    parse(table, key, 8);
                } else {
                    misshapen(table, key, "a session and a topic filter");
                }
            }
            case QUEUE -> belongs(table, key, 16);
            case MESSAGE -> has(key, 8, table);
            case INFLIGHT -> belongs(table, key, 8);
            case INBOX -> belongs(table, key, 10);
            case RETAINED -> parse(table, key, 0);
        }
    }

    private void belongs(Table table, byte[] key, int length) {
        if (has(key, length, table)) {
            belongs(table, key);
        }
    }

    private boolean has(byte[] key, int length, Table table) {
        if (key.length != length) {
            misshapen(table, key, length + " bytes");
        }
        return key.length == length;
    }

    private void misshapen(Table table, byte[] key, String expected) {
        damaged("table " + table.label() + " has the key " + hex(key) + "; expected " + expected);
    }

    private void parse(Table table, byte[] key, int at) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(key, at, key.length - at))
                    .toString();
            TopicFilter filter = TopicFilter.parse(text);
            if (table == Table.RETAINED && (filter.hasWildcard() || filter.isShared())) {
                misshapen(table, key, "a topic name");
            }
        } catch (CharacterCodingException | RuntimeException e) {
            misshapen(table, key, table == Table.RETAINED ? "a topic name" : "a session and a topic filter");
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
        long session = number(key);
        if (session != known || session == 0) {
            if (Arrays.binarySearch(sessions, 0, sessionCount, session) < 0) {
                suspects.add(new Suspect(table, key, session));
                return;
            }
            known = session;
        }
    }

    private void lookAgain() throws StoreException {
        if (suspects.isEmpty()) {
            return;
        }
        settle.run();
        for (Suspect suspect : suspects) {
            byte[] session =
                    ByteBuffer.allocate(Long.BYTES).putLong(suspect.session).array();
            // In this order: a session that ended between the two looks has taken its records with it.
            if (store.get(Table.SESSION, session) == null && store.get(suspect.table, suspect.key) != null) {
                leftOver("table " + suspect.table.label() + " has a record of session " + suspect.session
                        + ", which is not there (key " + hex(suspect.key) + ")");
            }
        }
        suspects.clear();
    }

    private static long number(byte[] key) {
        return ByteBuffer.wrap(key).getLong();
    }

    private static String hex(byte[] key) {
        return key.length == 0 ? "(empty)" : HexFormat.of().formatHex(key, 0, Math.min(key.length, 64));
    }
}
