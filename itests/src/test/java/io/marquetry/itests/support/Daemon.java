// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A server in the foreground, on a port and in a folder of its own, that a test can hang, kill and start again. It ends
 * with the test, by its process identifiers; nothing of it remains.
 */
public final class Daemon implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

    private final List<String> command;
    private final Path folder;
    private final int port;
    private @Nullable Process process;

    private Daemon(List<String> command, Path folder, int port) {
        this.command = command;
        this.folder = folder;
        this.port = port;
    }

    /** A new folder in which this user of Debian's may write; only root can make it for another one. */
    public static Path folder(String user) throws Exception {
        Path folder = Files.createTempDirectory("marquetry-" + user + "-");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        own(folder, user);
        return folder;
    }

    /** Gives a folder and what is in it to this user. */
    public static void own(Path folder, String user) throws Exception {
        if (ROOT) {
            Tool.run(folder, Patience.LIMIT, List.of("chown", "-R", user, folder.toString()));
        }
    }

    /** The command run by this user: some servers refuse root. */
    public static List<String> as(String user, List<String> command) {
        if (!ROOT) {
            return command;
        }
        List<String> words = new ArrayList<>(List.of("setpriv", "--reuid=" + user, "--clear-groups"));
        words.addAll(command);
        return words;
    }

    /** Starts a server and waits until it listens on its port. */
    public static Daemon start(Path folder, int port, List<String> command) {
        Daemon daemon = new Daemon(command, folder, port);
        // A run that is cut short leaves no server behind.
        Runtime.getRuntime().addShutdownHook(new Thread(daemon::end));
        daemon.start();
        return daemon;
    }

    /** Starts again, with the same folder and port, and waits until it listens. */
    public void start() {
        Path log = folder.resolve("server.log");
        try {
            process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Patience.until(command.get(0) + " to listen on port " + port + "; see " + log, START_LIMIT, () -> {
            if (!Objects.requireNonNull(process).isAlive()) {
                throw new AssertionError(command + " has ended; see " + log);
            }
            return listens();
        });
    }

    private boolean listens() {
        try (Socket ignored = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException e) {
            return false; // not yet
        }
    }

    /** Where it listens. */
    public int port() {
        return port;
    }

    /** Its folder. */
    public Path folder() {
        return folder;
    }

    /** It answers nobody any more, and keeps its connections open, as a machine that hangs. */
    public void hang() {
        signal("STOP");
    }

    /** It goes on where it was. */
    public void goOn() {
        signal("CONT");
    }

    private void signal(String name) {
        List<String> words = new ArrayList<>(List.of("kill", "-" + name));
        all().map(handle -> Long.toString(handle.pid())).forEach(words::add);
        try {
            Tool.run(folder, Patience.LIMIT, words);
        } catch (Exception e) {
            throw new AssertionError("a signal could not be sent: " + words, e);
        }
    }

    private Stream<ProcessHandle> all() {
        Process running = process;
        return running == null
                ? Stream.of()
                : Stream.concat(Stream.of(running.toHandle()), running.descendants())
                        .filter(ProcessHandle::isAlive);
    }

    /** Ends it and its helpers at once, as a power cut, and waits until all are gone. */
    public void kill() {
        List<ProcessHandle> handles = all().toList();
        handles.forEach(ProcessHandle::destroyForcibly);
        try {
            CompletableFuture.allOf(handles.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
                    .get(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("still there: " + command, e);
        }
    }

    private void end() {
        all().forEach(ProcessHandle::destroyForcibly);
    }

    /** Ends it and removes its folder. */
    @Override
    public void close() throws IOException {
        kill();
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted((one, other) -> other.compareTo(one)).toList()) {
                Files.delete(path);
            }
        }
    }
}
