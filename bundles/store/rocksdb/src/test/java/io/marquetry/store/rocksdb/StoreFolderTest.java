// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import static io.marquetry.store.rocksdb.Stores.commit;
import static io.marquetry.store.rocksdb.Stores.put;
import static io.marquetry.store.rocksdb.Stores.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

/** Folders that cannot be used: each of them is one sentence. */
class StoreFolderTest {
    @TempDir
    private Path temp;

    @Test
    void givenFolderOfAnotherProcess_whenOpened_thenItIsNamed() throws Exception {
        try (Child child = Child.start(Holding.class, temp)) {
            assertThat(child.line()).isEqualTo("open");

            assertThatThrownBy(() -> new RocksStore(settings(temp)))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining(temp.toString())
                    .hasMessageContaining("in use by process " + child.pid());
        }
        new RocksStore(settings(temp)).close();
    }

    @Test
    void givenFolderThatIsOpenHere_whenOpened_thenItWaitsAndThenSaysSo() throws Exception {
        RocksStore store = new RocksStore(settings(temp));

        assertThatThrownBy(() -> new RocksStore(settings(temp)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("still open in this very process");

        assertThat(commit(store, put(Table.META, "a", "1"), Durability.OS)).isEmpty();
        store.close();
    }

    @Test
    void givenReadOnlyFileSystem_whenOpened_thenTheSentenceSaysThat() throws Exception {
        List<String> readOnly = List.of(
                "unshare",
                "--map-root-user",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs -o ro none \"$0\" && exec \"$@\"",
                temp.toString());

        try (Child child = Child.start(readOnly, Holding.class, temp.resolve("store"))) {
            assertThat(child.end()).contains("mounted read-only").contains(temp.toString());
        }
    }

    @Test
    void givenFolderOfAnotherUser_whenOpened_thenOwnerAndUserAreNamed() throws Exception {
        List<String> command = new ArrayList<>();
        Path folder = Files.createDirectory(temp.resolve("theirs"));
        if ((int) Files.getAttribute(folder, "unix:uid") == 0) {
            // Root may write everywhere: somebody else does without that right, in a folder that is ours.
            command.addAll(List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"));
            Files.setAttribute(folder, "unix:uid", 12_345);
            Files.setAttribute(folder, "unix:gid", 12_345);
        } else {
            Files.setPosixFilePermissions(folder, java.nio.file.attribute.PosixFilePermissions.fromString("r-xr-xr-x"));
        }

        try (Child child = Child.start(command, Holding.class, folder)) {
            assertThat(child.end())
                    .contains("cannot")
                    .contains(folder.toString())
                    .contains("belongs to")
                    .contains("the broker runs as")
                    .contains("chown");
        }
    }

    @Test
    void givenOtherFiles_whenOpened_thenTheyAreLeftAlone() throws Exception {
        Files.writeString(temp.resolve("holiday.jpg"), "sun");

        assertThatThrownBy(() -> new RocksStore(settings(temp)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("holiday.jpg")
                .hasMessageContaining("expected an empty folder");
    }

    @Test
    void givenFile_whenOpened_thenASentence() throws Exception {
        Path file = Files.writeString(temp.resolve("store"), "");

        assertThatThrownBy(() -> new RocksStore(settings(file)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("is a file; expected a folder");
    }

    @Test
    void givenLostCurrent_whenOpened_thenNothingIsMadeAnew() throws Exception {
        RocksStore store = new RocksStore(settings(temp));
        assertThat(commit(store, put(Table.META, "a", "1"), Durability.OS)).isEmpty();
        store.close();
        Files.delete(temp.resolve("CURRENT"));

        assertThatThrownBy(() -> new RocksStore(settings(temp)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("has lost its file CURRENT");
    }

    @Test
    void givenTableThatNobodyKnows_whenOpened_thenItIsNamed() throws Exception {
        NativeCode.load(null);
        try (Options options = new Options().setCreateIfMissing(true);
                RocksDB db = RocksDB.open(options, temp.toString());
                ColumnFamilyHandle future = db.createColumnFamily(new ColumnFamilyDescriptor(Stores.bytes("future")))) {
            assertThat(future.getID()).isPositive();
        }
        Files.deleteIfExists(temp.resolve("LOG"));

        assertThatThrownBy(() -> new RocksStore(settings(temp)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("future")
                .hasMessageContaining("newer");
    }

    @Test
    void givenKeysThatAreWrong_whenRead_thenEachIsASentence() {
        Map<String, String> values =
                Map.of("path", ".", "minFreeBytes", "much", "maxOpenFiles", "1", "writeBufferBytes", "1KB");

        assertThatThrownBy(() -> Settings.read(values, temp))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("path = .: expected")
                .hasMessageContaining("minFreeBytes = much: expected a size")
                .hasMessageContaining("maxOpenFiles = 1: expected a whole number")
                .hasMessageContaining("writeBufferBytes");
        assertThat(Settings.read(Map.of(), temp).path()).isEqualTo(temp.resolve("data/store"));
    }

    /** Opens a folder and keeps it. */
    static final class Holding {
        public static void main(String[] arguments) throws Exception {
            try {
                RocksStore store = new RocksStore(settings(Path.of(arguments[0])));
                System.out.println("open");
                while (System.in.read() >= 0) {}
                store.close();
            } catch (StoreException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
