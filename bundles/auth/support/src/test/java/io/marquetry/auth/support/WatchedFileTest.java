// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchedFileTest {
    @TempDir
    Path directory;

    private Path path;
    private int writes;
    private final List<String> read = new ArrayList<>();

    @BeforeEach
    void begin() throws IOException {
        path = directory.resolve("watched");
        write("one");
    }

    private void write(String text) throws IOException {
        Files.writeString(path, text);
        // Two writes within one tick of the clock of the file system would look like one.
        Files.setLastModifiedTime(path, FileTime.fromMillis(1_000_000L + 1_000L * ++writes));
    }

    private void read() {
        try {
            read.add(Files.exists(path) ? Files.readString(path) : "gone");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void givenFile_whenWatched_thenItIsReadAtOnceAndNotAgain() {
        WatchedFile watched = new WatchedFile(path, this::read);

        watched.look();
        watched.look();

        assertThat(read).containsExactly("one");
    }

    @Test
    void givenEdit_whenItStandsStill_thenItIsReadOnce() throws IOException {
        WatchedFile watched = new WatchedFile(path, this::read);

        write("half");
        watched.look();
        write("whole");
        watched.look();
        assertThat(read).as("it may be half written").containsExactly("one");
        watched.look();
        watched.look();

        assertThat(read).containsExactly("one", "whole");
    }

    @Test
    void givenEditWhileItIsRead_whenLookedAt_thenItIsReadAgain() {
        WatchedFile watched = new WatchedFile(path, () -> {
            read();
            if (read.size() == 1) {
                try {
                    write("two");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });

        watched.look();
        watched.look();

        assertThat(read).containsExactly("one", "two");
    }

    @Test
    void givenFileThatGoesAndComes_whenLookedAt_thenBothAreRead() throws IOException {
        WatchedFile watched = new WatchedFile(path, this::read);

        Files.delete(path);
        watched.look();
        write("again");
        watched.look();
        watched.look();

        assertThat(read).containsExactly("one", "gone", "again");
    }

    @Test
    void givenReaderThatThrows_whenTheFileChanges_thenTheNextChangeIsReadAllTheSame() throws IOException {
        WatchedFile watched = new WatchedFile(path, () -> {
            read();
            if (read.size() == 2) {
                throw new IllegalStateException("cannot be read");
            }
        });

        write("two");
        watched.look();
        watched.look();
        write("three");
        watched.look();
        watched.look();

        assertThat(read).containsExactly("one", "two", "three");
    }
}
