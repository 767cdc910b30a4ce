// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.admin.shell.TestShell.Answer;
import io.marquetry.api.admin.StorageCheck;
import io.marquetry.api.admin.StorageInfo;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The commands about what is kept on disk. */
class StoreCommandsTest {
    private final StandInStorage storage = new StandInStorage();
    private final TestShell shell = new TestShell(storage);

    @AfterEach
    void closeShell() {
        shell.close();
    }

    @Test
    void givenStore_whenInfoIsAskedFor_thenItSaysHowItIsAndWhatIsInIt() {
        storage.info = info(Store.State.FULL, "no room at /data/store");

        Answer raw = shell.run("mqtt:store-info --no-format");
        Answer people = shell.run("mqtt:store-info");

        assertThat(raw.lines())
                .containsExactly(
                        "durability\tdisk",
                        "problem\tno room at /data/store",
                        "state\tfull",
                        "engine\tHeap 1",
                        "location\t/data/store",
                        "on disk\t3221225472",
                        "free\t1023",
                        "commit p50\t<= 500 us",
                        "commit p99\t<= 2000 us",
                        "commit max\t<= 2000 us",
                        "commits\t100",
                        "sync.errors\t0",
                        "uncommitted bytes\t4096",
                        "durable sessions\t3",
                        "queued messages\t12",
                        "in flight\t2",
                        "bytes of both\t1536",
                        "awaiting release\t1",
                        "retained messages\t7");
        assertThat(people.out()).contains("3.0 GiB", "1.5 KiB", " 1023");
    }

    @Test
    void givenNoStore_whenInfoIsAskedFor_thenItSaysThatNothingIsKept() {
        Answer answer = shell.run("mqtt:store-info --no-format");

        assertThat(answer.lines())
                .containsExactly("durability\tmemory", "problem\tnothing is kept", "retained messages\t7");
    }

    @Test
    void givenSoundStore_whenVerified_thenRecordsAreCountedAndItSaysSo() {
        Answer answer = shell.run("mqtt:store-verify --no-format");

        assertThat(answer.lines()).containsExactly("queue\t12", "session\t3", "the store is sound");
        assertThat(answer.failure()).isNull();
    }

    @Test
    void givenLeftovers_whenVerified_thenTheStoreIsSoundAllTheSame() {
        storage.check = new StorageCheck(new TreeMap<>(), 0, 2, List.of("one", "two"));

        Answer answer = shell.run("mqtt:store-verify");

        assertThat(answer.lines())
                .contains(
                        "one",
                        "two",
                        "the store is sound; 2 records belong to nothing any more and are removed at the next start");
        assertThat(answer.failure()).isNull();
    }

    @Test
    void givenDamage_whenVerified_thenTheCommandFailsAndShowsIt() {
        storage.check = new StorageCheck(new TreeMap<>(Map.of("queue", 1L)), 150, 0, List.of("block 7\u001b is bad"));

        Answer answer = shell.run("mqtt:store-verify");

        assertThat(answer.sentence()).startsWith("the store is damaged: 150 things are not as they were written;");
        assertThat(answer.lines()).contains("block 7\\u001B is bad");
        assertThat(answer.err()).startsWith("findings: 1 shown, 149 left out;");
    }

    @Test
    void givenFolder_whenBackedUp_thenTheStoreIsAskedForItsCopy() {
        Answer done = shell.run("mqtt:store-backup /var/backups/../backups/monday");
        Answer full = shell.run("mqtt:store-backup /mnt/full");
        Answer relative = shell.run("mqtt:store-backup monday");

        assertThat(done.out()).isEqualTo("the store was copied to /var/backups/monday\n");
        assertThat(storage.backups).containsExactly(Path.of("/var/backups/monday"));
        assertThat(full.sentence()).isEqualTo("no room in /mnt/full");
        assertThat(relative.sentence())
                .isEqualTo("expected a path from the root on, such as /var/backups/marquetry/monday, got monday");
    }

    private static StorageInfo info(Store.State state, String problem) {
        StoreStatus status = new StoreStatus(
                "Heap 1",
                "/data/store",
                state,
                problem,
                3L << 30,
                1023,
                new StoreStatus.Histogram(new long[] {500, 2000}, new long[] {90, 10, 0}, 60_000),
                new TreeMap<>(Map.of("commits", 100L, "sync.errors", 0L)));
        return new StorageInfo(Store.Durability.DISK, problem, status, 3, 12, 1536, 2, 1, 7, 4096);
    }
}
