// SPDX-License-Identifier: Apache-2.0
package io.marquetry.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.config.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestoreTest {
    @TempDir
    private Path temp;

    private Path base;
    private Path backup;

    @BeforeEach
    void prepare() throws IOException {
        base = temp.resolve("base");
        Files.createDirectories(base.resolve("conf"));
        backup = store(temp.resolve("backup"), "new");
    }

    @Test
    void givenStore_whenRestored_thenTheCopyIsInItsPlaceAndTheStoreAside() throws IOException {
        Path store = store(base.resolve("data/store"), "old");
        Files.writeString(store.resolve("broker.lock"), "1");

        List<String> lines = restore(Map.of());

        Path aside = aside(base.resolve("data"));
        assertThat(store.resolve("000004.log")).hasContent("new");
        assertThat(store.resolve("broker.lock")).doesNotExist();
        assertThat(aside.resolve("000004.log")).hasContent("old");
        assertThat(backup.resolve("000004.log")).hasContent("new");
        assertThat(lines)
                .anyMatch(line -> line.contains(aside.toString()))
                .anyMatch(line -> line.contains("bin/marquetry start") && line.contains("mqtt:store-verify"));
    }

    @Test
    void givenStoreThatIsGone_whenRestored_thenNothingIsPutAside() throws IOException {
        Files.createDirectory(base.resolve("data"));

        List<String> lines = restore(Map.of());

        assertThat(base.resolve("data/store/000004.log")).hasContent("new");
        assertThat(lines).anyMatch(line -> line.contains("there was no store"));
    }

    @Test
    void givenPathInTheFileAndInTheEnvironment_whenRestored_thenItIsWhereTheBrokerLooks() throws IOException {
        store(base.resolve("data/store"), "other");
        Path store = store(temp.resolve("of-file"), "old");
        Path linked = store(temp.resolve("linked"), "old");
        Path link = Files.createSymbolicLink(temp.resolve("link"), linked);
        Files.writeString(base.resolve("conf/io.marquetry.store.rocksdb.cfg"), "path = " + store + "\n");

        restore(Map.of());
        restore(Map.of("MARQUETRY_STORE__ROCKSDB__PATH", link.toString()));

        assertThat(store.resolve("000004.log")).hasContent("new");
        assertThat(linked.resolve("000004.log")).hasContent("new");
        assertThat(base.resolve("data/store/000004.log")).hasContent("other");
    }

    @Test
    void givenWhatIsNoBackup_whenRestored_thenASentenceAndNothingIsTouched() throws IOException {
        Path store = store(base.resolve("data/store"), "old");
        Path other = Files.createDirectory(temp.resolve("other"));
        Files.writeString(other.resolve("CURRENT"), "MANIFEST-000009\n");

        for (Path wrong : List.of(temp.resolve("nowhere"), other, temp, store, base.resolve("data"))) {
            assertThatThrownBy(() -> new Restore(directory(), Environment.of(Map.of())).run(wrong))
                    .isInstanceOf(LaunchException.class)
                    .hasMessageContaining(wrong.toString())
                    .hasMessageContaining("expected");
        }

        assertThat(store.resolve("000004.log")).hasContent("old");
        try (Stream<Path> left = Files.list(base.resolve("data"))) {
            assertThat(left.map(Path::getFileName).map(Path::toString)).containsExactlyInAnyOrder("store", "lock");
        }
    }

    @Test
    void givenDiskThatIsNotMounted_whenRestored_thenASentence() throws IOException {
        Files.createDirectories(base.resolve("data"));
        Files.createSymbolicLink(base.resolve("data/store"), temp.resolve("mnt"));

        assertThatThrownBy(() -> restore(Map.of()))
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("mount its disk");
        assertThatThrownBy(() -> restore(Map.of("MARQUETRY_STORE__ROCKSDB__PATH", temp + "/mnt/store")))
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("mount its disk");
    }

    @Test
    void givenNoBase_whenRestored_thenItIsNotMade() {
        assertThatThrownBy(() -> restore(Map.of()))
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("MARQUETRY_BASE");
        assertThat(base.resolve("data")).doesNotExist();
    }

    private List<String> restore(Map<String, String> environment) {
        return new Restore(directory(), Environment.of(environment)).run(backup);
    }

    private BaseDirectory directory() {
        return new BaseDirectory(temp.resolve("home"), base);
    }

    private static Path store(Path folder, String content) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("CURRENT"), "MANIFEST-000005\n");
        Files.writeString(folder.resolve("MANIFEST-000005"), content);
        Files.writeString(folder.resolve("000004.log"), content);
        return folder;
    }

    private static Path aside(Path parent) throws IOException {
        try (Stream<Path> all = Files.list(parent)) {
            return all.filter(each -> each.getFileName().toString().startsWith("store.before-"))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
