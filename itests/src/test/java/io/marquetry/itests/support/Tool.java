// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A program of the system that a test runs, with what it prints line by line, errors included. */
public final class Tool implements AutoCloseable {
    private final List<String> command;
    private final Process process;
    private final Thread reader;
    private final List<String> lines = new ArrayList<>();

    private Tool(List<String> command, @Nullable Path directory) throws IOException {
        this.command = command;
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        if (directory != null) {
            builder.directory(directory.toFile());
        }
        process = builder.start();
        process.getOutputStream().close();
        reader = new Thread(this::read, "tool-output");
        reader.setDaemon(true);
        reader.start();
    }

    /** The path of a program; fails with a sentence that names the Debian package when it is not there. */
    public static String path(String program, String debianPackage) {
        // Debian keeps daemons where the PATH of a usual user does not look.
        String folders = System.getenv("PATH") + ":/usr/local/sbin:/usr/sbin";
        return Stream.of(folders.split(":"))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new AssertionError("This test needs " + program + "; install the Debian package "
                        + debianPackage + " (as root: apt-get install " + debianPackage + ")"))
                .toString();
    }

    /** Starts a program. */
    public static Tool start(List<String> command) throws IOException {
        return new Tool(command, null);
    }

    /** Whether it still runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for the end, whatever it is; returns the exit code. */
    public int awaitExit() throws InterruptedException {
        if (!process.waitFor(Patience.LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("Still there after " + Patience.LIMIT.toSeconds() + " s: " + this);
        }
        reader.join(Patience.LIMIT.toMillis());
        return process.exitValue();
    }

    /** Runs a program in a directory, to its end and with success; returns what it printed. */
    public static List<String> run(Path directory, Duration limit, List<String> command) throws Exception {
        try (Tool tool = new Tool(command, directory)) {
            return tool.awaitSuccess(limit);
        }
    }

    private void read() {
        try (BufferedReader in = process.inputReader(UTF_8)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                add(line);
            }
        } catch (IOException e) {
            add("the output ended early: " + e);
        }
    }

    private void add(String line) {
        synchronized (lines) {
            lines.add(line);
        }
    }

    /** What it has printed so far. */
    public List<String> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    /** The lines that begin so, without their beginning. */
    public List<String> linesWith(String prefix) {
        return lines().stream()
                .filter(line -> line.startsWith(prefix))
                .map(line -> line.substring(prefix.length()))
                .toList();
    }

    /** Waits for a line in which this regular expression is found. */
    public void await(String regex) {
        Pattern pattern = Pattern.compile(regex);
        Patience.untilPresent(() -> "a line with " + regex + " from " + this, Patience.LIMIT, () -> {
            Optional<String> found = lines().stream()
                    .filter(line -> pattern.matcher(line).find())
                    .findFirst();
            if (found.isEmpty()
                    && !process.isAlive()
                    && !reader.isAlive()
                    && lines().stream().noneMatch(line -> pattern.matcher(line).find())) {
                throw new AssertionError("No line with " + regex + " from " + this + ", which has ended");
            }
            return found;
        });
    }

    /** Waits for the end, which has to be a success; returns what it printed. */
    public List<String> awaitSuccess() throws InterruptedException {
        return awaitSuccess(Patience.LIMIT);
    }

    /** As {@link #awaitSuccess()}, with more time. */
    public List<String> awaitSuccess(Duration limit) throws InterruptedException {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("Still there after " + limit.toSeconds() + " s: " + this);
        }
        reader.join(limit.toMillis());
        if (process.exitValue() != 0) {
            throw new AssertionError("Exit code " + process.exitValue() + " of " + this);
        }
        return lines();
    }

    /** Ends it without a chance to say goodbye, and waits until it is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            kill();
        }
    }

    @Override
    public String toString() {
        return String.join(" ", command) + ", which printed\n" + String.join("\n", lines());
    }
}
