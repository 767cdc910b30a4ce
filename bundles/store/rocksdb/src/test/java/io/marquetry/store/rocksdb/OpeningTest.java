// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import static io.marquetry.store.rocksdb.Stores.await;
import static io.marquetry.store.rocksdb.Stores.bytes;
import static io.marquetry.store.rocksdb.Stores.commit;
import static io.marquetry.store.rocksdb.Stores.put;
import static io.marquetry.store.rocksdb.Stores.rows;
import static io.marquetry.store.rocksdb.Stores.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import io.marquetry.store.rocksdb.NotYetException.Obstacle;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in the way of a store at its start, and goes away. */
class OpeningTest {
    @TempDir
    private Path temp;

    @Test
    void givenFullDisk_whenThereIsRoom_thenItOpensByItselfWithAllThatItHad() throws Exception {
        List<String> disk = List.of(
                "unshare",
                "--map-root-user",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs -o size=64m none \"$0\" && exec \"$@\"",
                temp.toString());

        try (Child child = Child.start(disk, OnFullDisk.class, temp)) {
            assertThat(child.end()).isEqualTo("well, exit code 0");
        }
    }

    @Test
    void givenFolderInUse_whenItIsFree_thenItOpensByItself() throws Exception {
        try (Waiting waiting = new Waiting()) {
            try (Child child = Child.start(StoreFolderTest.Holding.class, temp)) {
                assertThat(child.line()).isEqualTo("open");
                waiting.begin(settings(temp));
                assertThat(waiting.store).isNotDone();
            }

            assertThat(commit(waiting.get(), put(Table.META, "a", "1"), Durability.DISK))
                    .isEmpty();
        }
    }

    @Test
    void givenLinkToADiskThatIsNotThere_whenItIsMounted_thenItOpensThereAndWasNotMadeElsewhere() throws Exception {
        Path mounted = temp.resolve("mnt");
        Path link = Files.createSymbolicLink(temp.resolve("store"), mounted);

        try (Waiting waiting = new Waiting()) {
            waiting.begin(settings(link));
            assertThat(waiting.store).isNotDone();
            assertThat(mounted).doesNotExist();

            Files.createDirectory(mounted);
            waiting.get();

            assertThat(mounted.resolve("CURRENT")).exists();
        }
    }

    @Test
    void givenDamage_whenOpened_thenItIsNotTriedAgain() throws Exception {
        RocksStore store = new RocksStore(settings(temp));
        store.close();
        Path current = temp.resolve("CURRENT");
        String manifest = Files.readString(current).strip();
        Files.write(temp.resolve(manifest), bytes("nothing of a manifest"));

        try (Waiting waiting = new Waiting()) {
            assertThatThrownBy(() -> waiting.begin(settings(temp)))
                    .isInstanceOf(StoreException.class)
                    .isNotInstanceOf(NotYetException.class)
                    .hasMessageContaining("cannot be opened");
        }
    }

    @Test
    void givenFolderInUse_whenNobodyWantsItAnyMore_thenItIsLeftAlone() throws Exception {
        try (Child child = Child.start(StoreFolderTest.Holding.class, temp)) {
            assertThat(child.line()).isEqualTo("open");
            Waiting waiting = new Waiting();
            waiting.begin(settings(temp));

            waiting.close();

            assertThat(waiting.isTrying()).isFalse();
            assertThat(waiting.store).isNotDone();
        }
        new RocksStore(settings(temp)).close();
    }

    @Test
    void givenStoreThatWasNeverTaken_whenOpeningEnds_thenTheFolderIsFree() throws Exception {
        Opening opening = new Opening(null, settings(temp), room -> () -> {});

        opening.close();

        new RocksStore(settings(temp)).close();
    }

    /** What the container does: makes a store of what is open, and closes it when that is taken back. */
    private static final class Waiting implements AutoCloseable {
        final CompletableFuture<RocksStore> store = new CompletableFuture<>();
        private Opening opening;

        void begin(Settings settings) throws StoreException {
            opening = new Opening(null, settings, room -> {
                try {
                    RocksStore its = new RocksStore(room);
                    store.complete(its);
                    return its::close;
                } catch (StoreException e) {
                    throw new IllegalStateException(e);
                }
            });
        }

        RocksStore get() throws Exception {
            return store.get(60, TimeUnit.SECONDS);
        }

        boolean isTrying() {
            return opening.isTrying();
        }

        @Override
        public void close() {
            if (opening != null) {
                opening.close();
            }
        }
    }

    /** Is full from before the store is opened until it is known that it waits. */
    static final class OnFullDisk {
        public static void main(String[] arguments) throws Exception {
            try {
                open(Path.of(arguments[0]));
                System.out.println("well");
            } catch (Throwable e) {
                System.out.println(e.toString().replace('\n', ' '));
                Runtime.getRuntime().halt(1);
            }
        }

        private static void open(Path disk) throws Exception {
            Settings settings = settings(disk.resolve("store"));
            RocksStore before = new RocksStore(settings);
            for (int i = 0; i < 40; i++) {
                Batch batch = new Batch();
                batch.put(Table.QUEUE, bytes(String.format("%06d", i)), new byte[50_000]);
                assertThat(commit(before, batch, Durability.DISK)).isEmpty();
            }
            before.close();
            Path ballast = disk.resolve("ballast");
            fill(ballast);

            assertThatThrownBy(() -> new RocksStore(settings))
                    .isInstanceOfSatisfying(
                            NotYetException.class, e -> assertThat(e.obstacle()).isEqualTo(Obstacle.NO_ROOM))
                    .hasMessageContaining("its disk is full")
                    .hasMessageContaining("make room there");
            try (Waiting waiting = new Waiting()) {
                waiting.begin(settings);
                FileTime tried = Files.getLastModifiedTime(settings.path().resolve("broker.lock"));
                assertThatThrownBy(() -> waiting.store.get(3, TimeUnit.SECONDS))
                        .isInstanceOf(TimeoutException.class); // some looks, and all in vain
                assertThat(Files.getLastModifiedTime(settings.path().resolve("broker.lock")))
                        .as("without room nobody even takes the folder")
                        .isEqualTo(tried);

                Files.delete(ballast);

                assertThat(rows(waiting.get(), Table.QUEUE)).hasSize(40);
                assertThat(commit(waiting.get(), put(Table.META, "a", "1"), Durability.DISK))
                        .isEmpty();
            }
            await(
                    "the folder is free",
                    () -> System.getProperties().stringPropertyNames().stream()
                            .noneMatch(name -> name.startsWith("marquetry.store ")));
        }

        private static void fill(Path ballast) throws Exception {
            byte[] page = new byte[1 << 12];
            try (OutputStream out = Files.newOutputStream(ballast)) {
                while (true) {
                    out.write(page);
                }
            } catch (java.io.IOException e) {
                assertThat(NotYetException.of(e)).isEqualTo(Obstacle.NO_ROOM);
            }
        }
    }
}
