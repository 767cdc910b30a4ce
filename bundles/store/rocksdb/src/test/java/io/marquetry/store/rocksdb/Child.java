// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process of its own with a main class of these tests: it can be killed, limited, and given disks that others do not
 * see.
 */
final class Child implements AutoCloseable {
    private final Process process;
    private final BufferedReader lines;

    private Child(Process process) {
        this.process = process;
        this.lines = process.inputReader(StandardCharsets.UTF_8);
    }

    static Child start(Class<?> main, Object... arguments) throws IOException {
        return start(List.of(), main, arguments);
    }

    /** @param before the command that starts it */
    static Child start(List<String> before, Class<?> main, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-XX:-CreateCoredumpOnCrash",
                "-Dorg.slf4j.simpleLogger.log.io.marquetry.store.rocksdb.engine=debug",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return new Child(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    long pid() {
        return process.pid();
    }

    /** The next line that it prints; null at its end. */
    String line() throws IOException {
        return lines.readLine();
    }

    /** Ends it as the kernel does when memory is short: without a word. */
    void kill() {
        // By its handle: Process.destroyForcibly() would throw away what it has printed.
        process.toHandle().destroyForcibly();
        process.onExit().join();
    }

    /** Waits for its end and returns what it printed last, with its exit code. */
    String end() throws Exception {
        String last = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            last = line;
        }
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("the process does not end");
        }
        return last + ", exit code " + process.exitValue();
    }

    @Override
    public void close() {
        kill();
    }
}
