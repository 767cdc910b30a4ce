// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.admin.ListenerInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListenerStatesTest {
    @TempDir
    private Path data;

    private Path file;
    private ListenerStates states;

    @BeforeEach
    void nothingIsSaid() {
        file = data.resolve("listeners");
        states = new ListenerStates(file);
    }

    @Test
    void givenListenersInEachState_whenRead_thenEachIsOneLine() throws IOException {
        states.opening("wss:default");
        states.is(info("tcp:default", true, null));
        states.is(info("ssl:default", false, null));
        states.is(info("ws:default", false, "cannot listen (used by process 7, a\tb\nc)"));

        assertThat(file).hasContent("""
                        ssl:default\toff\t127.0.0.1:1
                        tcp:default\tlistening\t127.0.0.1:1
                        ws:default\tproblem\tcannot listen (used by process 7, a b c)
                        wss:default\topening\t
                        """);
        assertThat(Files.list(data)).containsExactly(file);
    }

    @Test
    void givenListener_whenItIsWellAgainAndGone_thenTheFileSaysSo() {
        states.is(info("tcp:default", false, "cannot listen"));
        states.is(info("tcp:default", true, null));
        assertThat(file).hasContent("tcp:default\tlistening\t127.0.0.1:1\n");

        states.gone("tcp:default");

        assertThat(file).isEmptyFile();
    }

    @Test
    void givenFolderThatCannotBeWritten_whenTheStateChanges_thenNothingIsThereRatherThanWhatIsNotSo()
            throws IOException {
        states.is(info("tcp:default", false, "cannot listen"));
        Path obstacle = Files.createDirectory(data.resolve(".listeners.new"));

        states.is(info("tcp:default", true, null));
        assertThat(file).doesNotExist();
        Files.delete(obstacle);
        states.is(info("ssl:default", true, null));

        assertThat(file).content().contains("ssl:default\tlistening", "tcp:default\tlistening");
    }

    private static ListenerInfo info(String id, boolean running, @Nullable String problem) {
        return new ListenerInfo(
                id, "127.0.0.1:1", true, running, false, 0, 0, new TreeMap<>(), new TreeMap<>(), problem);
    }
}
