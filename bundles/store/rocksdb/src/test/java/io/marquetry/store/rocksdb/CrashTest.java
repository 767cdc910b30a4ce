// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import static io.marquetry.store.rocksdb.Stores.bytes;
import static io.marquetry.store.rocksdb.Stores.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.Table;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while it commits, again and again, on one folder. */
class CrashTest {
    private static final int CALLERS = 4;
    private static final int ROUNDS = Integer.getInteger("marquetry.test.crashes", 8);

    @TempDir
    private Path temp;

    @Test
    void givenCommits_whenKilledAmongThem_thenWhatEndedWellIsThereAndBatchesAreWhole() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long[] acknowledged = {-1, -1, -1, -1};

        for (int round = 0; round < ROUNDS; round++) {
            try (Child child = Child.start(Committing.class, temp)) {
                for (int left = 200 + random.nextInt(5000); left > 0; left--) {
                    String[] words = child.line().split(" ", -1);
                    acknowledged[Integer.parseInt(words[0])] = Long.parseLong(words[1]);
                }
                child.kill();
                for (String line = child.line(); line != null; line = child.line()) {
                    String[] words = line.split(" ", -1);
                    if (words.length == 3) { // the last one may be cut off
                        acknowledged[Integer.parseInt(words[0])] = Long.parseLong(words[1]);
                    }
                }
            }

            RocksStore store = new RocksStore(settings(temp));

            for (int caller = 0; caller < CALLERS; caller++) {
                long[] next = {0};
                store.read(Table.QUEUE, bytes("" + caller), bytes("" + (caller + 1)), (key, value) -> {
                    assertThat(ByteBuffer.wrap(key, 1, 8).getLong())
                            .as("no gap, seed %d", seed)
                            .isEqualTo(next[0]++);
                    return true;
                });
                assertThat(next[0] - 1).as("seed %d", seed).isGreaterThanOrEqualTo(acknowledged[caller]);
                assertThat(ByteBuffer.wrap(store.get(Table.SESSION, bytes("" + caller)))
                                .getLong())
                        .as("whole batches, seed %d", seed)
                        .isEqualTo(next[0] - 1);
            }
            store.close();
        }
    }

    /** Several callers who hand over one batch after the other and tell of each that ended well. */
    static final class Committing {
        public static void main(String[] arguments) throws Exception {
            RocksStore store = new RocksStore(settings(Path.of(arguments[0])));
            for (int i = 0; i < CALLERS; i++) {
                int caller = i;
                byte[] last = store.get(Table.SESSION, bytes("" + caller));
                long first = last == null ? 0 : ByteBuffer.wrap(last).getLong() + 1;
                new Thread(() -> commit(store, caller, first)).start();
            }
        }

        private static void commit(RocksStore store, int caller, long first) {
            Semaphore under = new Semaphore(8);
            for (long n = first; ; n++) {
                try {
                    if (!under.tryAcquire(60, TimeUnit.SECONDS)) {
                        throw new AssertionError("no commit ends");
                    }
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                Batch batch = new Batch();
                byte[] number = ByteBuffer.allocate(8).putLong(n).array();
                byte[] key = ByteBuffer.allocate(9)
                        .put(bytes("" + caller))
                        .put(number)
                        .array();
                batch.put(Table.QUEUE, key, new byte[100 + (int) (n % 300)]);
                batch.put(Table.SESSION, bytes("" + caller), number);
                String line = caller + " " + n + " ended";
                store.commit(batch, n % 16 == 0 ? Durability.DISK : Durability.OS, problem -> {
                    if (problem == null) {
                        System.out.println(line);
                    }
                    under.release();
                });
            }
        }
    }
}
