// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import static io.marquetry.store.rocksdb.Stores.put;
import static io.marquetry.store.rocksdb.Stores.rows;
import static io.marquetry.store.rocksdb.Stores.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import java.io.File;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One revision after the other in one JVM, each with its own copy of the native code, and with what calls back from
 * native code: exceptions and lines of the engine's log.
 */
class RevisionTest {
    @TempDir
    private Path temp;

    @Test
    void givenRevisionsThatAreReplaced_whenTheOldOnesAreCollected_thenTheNextOnesWork() throws Exception {
        try (Child child = Child.start(Revisions.class, temp)) {
            assertThat(child.end()).isEqualTo("well, exit code 0");
        }
    }

    /** What a revision does in its life; loaded by a class loader of its own. */
    public static final class Life {
        public static void live(File folder) throws Exception {
            NativeCode.load(folder);
            Path damaged = folder.toPath().resolve("damaged");
            Files.createDirectories(damaged);
            Files.writeString(damaged.resolve("CURRENT"), "nonsense");
            try {
                new RocksStore(settings(damaged));
                throw new AssertionError("opened nonsense");
            } catch (StoreException e) {
                assertThat(e).hasMessageContaining("cannot be opened");
            }
            RocksStore store = new RocksStore(settings(folder.toPath().resolve("store")));
            int before = rows(store, Table.QUEUE).size();
            assertThat(Stores.commit(store, put(Table.QUEUE, "key" + before, "value"), Durability.DISK))
                    .isEmpty();
            assertThat(rows(store, Table.QUEUE)).hasSize(before + 1);
            store.verify(problem -> {
                throw new AssertionError(problem);
            });
            store.close();
        }
    }

    /** Loads them. */
    static final class Revisions {
        public static void main(String[] arguments) throws Exception {
            try {
                for (int i = 0; i < 4; i++) {
                    WeakReference<ClassLoader> gone = live(new File(arguments[0]));
                    Stores.await("the revision is collected", () -> {
                        System.gc();
                        return gone.get() == null;
                    });
                }
                System.out.println("well");
            } catch (Throwable e) {
                System.out.println(e.toString().replace('\n', ' '));
                Runtime.getRuntime().halt(1);
            }
        }

        private static WeakReference<ClassLoader> live(File folder) throws Exception {
            List<URL> path = new ArrayList<>();
            for (Class<?> each : List.of(
                    RocksStore.class,
                    Life.class,
                    RocksDB.class,
                    Batch.class,
                    Logger.class,
                    LoggerFactory.class,
                    org.slf4j.impl.StaticLoggerBinder.class,
                    org.osgi.framework.BundleContext.class,
                    org.assertj.core.api.Assertions.class)) {
                path.add(each.getProtectionDomain().getCodeSource().getLocation());
            }
            try (URLClassLoader loader =
                    new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
                loader.loadClass(Life.class.getName())
                        .getMethod("live", File.class)
                        .invoke(null, folder);
                return new WeakReference<>(loader);
            }
        }
    }
}
