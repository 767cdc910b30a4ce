// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The assembled distribution as a child process, {@code bin/marquetry foreground}, with a directory and a port of its
 * own. It runs with assertions and with Netty's strictest search for buffers that nobody released.
 *
 * <p>{@link #stop} ends it as an operator does and fails unless the exit was clean and the log free of errors;
 * {@link #close} does the same unless it has ended already. {@link #restart} keeps directory and port.
 */
public final class BrokerProcess implements Broker, AutoCloseable {
    /** The name of the node. */
    static final String NODE = "test@127.0.0.1";

    /** How long a start may take on a machine that is busy with other things. */
    public static final Duration START_LIMIT = Duration.ofSeconds(60);

    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
    private static final int COMMAND_SECONDS = 90;

    private static final int FIRST_PORT = 10_000;
    private static final int PORTS = 20_000;
    /** Runs at the same time begin in different places. */
    private static final AtomicInteger NEXT_PORT =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(PORTS));

    private final BrokerSettings settings;
    private final Path base;
    private final int port;
    private Process process;
    private BrokerLog log;

    private BrokerProcess(BrokerSettings settings, Path base, int port) throws IOException {
        this.settings = settings;
        this.base = base;
        this.port = port;
        this.process = launch();
        this.log = capture();
    }

    /** Starts a broker and waits until it accepts a CONNECT. */
    public static BrokerProcess start(BrokerSettings settings) {
        BrokerProcess broker = launch(settings);
        broker.awaitReady();
        return broker;
    }

    /** Starts a broker and does not wait, for starts that are meant to fail. */
    public static BrokerProcess launch(BrokerSettings settings) {
        return launch(settings, freePort());
    }

    /** Starts a broker on this port and does not wait. */
    public static BrokerProcess launch(BrokerSettings settings, int port) {
        try {
            Path base = Distribution.newBase();
            prepare(base, settings);
            return new BrokerProcess(settings, base, port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A port that nobody listens on, below those that the system gives to outgoing connections: one of them would be
     * taken by the next client of whatever runs beside, before the broker has it.
     */
    public static int freePort() {
        for (int i = 0; i < PORTS; i++) {
            int port = FIRST_PORT + Math.floorMod(NEXT_PORT.getAndIncrement(), PORTS);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // somebody has it: the next one
            }
        }
        throw new AssertionError("no port is free from " + FIRST_PORT + " to " + (FIRST_PORT + PORTS - 1));
    }

    private static void prepare(Path base, BrokerSettings settings) throws IOException {
        for (String jar : settings.extensions()) {
            Path deploy = Files.createDirectories(base.resolve("deploy"));
            Files.copy(Distribution.home().resolve("extensions").resolve(jar), deploy.resolve(jar));
        }
        if (settings.configuration().isEmpty()) {
            return;
        }
        Path conf = Files.createDirectories(base.resolve("conf"));
        try (Stream<Path> files = Files.list(Distribution.home().resolve("conf"))) {
            for (Path file : files.toList()) {
                Files.copy(file, conf.resolve(file.getFileName()));
            }
        }
        for (Map.Entry<String, Map<String, String>> pid :
                settings.configuration().entrySet()) {
            for (Map.Entry<String, String> line : pid.getValue().entrySet()) {
                ConfFile.of(base, pid.getKey()).set(line.getKey(), line.getValue());
            }
        }
    }

    private Process launch() throws IOException {
        List<String> words = new ArrayList<>(settings.starter());
        words.add(Distribution.home().resolve("bin/marquetry").toString());
        words.add("foreground");
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.redirectErrorStream(true);
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        describe(builder.environment());
        Process started = builder.start();
        // A run that is cut short leaves no broker behind.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> started.toHandle().destroyForcibly()));
        return started;
    }

    private void describe(Map<String, String> environment) {
        environment.keySet().removeIf(name -> name.startsWith("MARQUETRY_"));
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("MARQUETRY_BASE", base.toString());
        environment.put("MARQUETRY_NODE__NAME", NODE);
        environment.put("MARQUETRY_LISTENERS__TCP__DEFAULT__BIND", "127.0.0.1:" + port);
        // Brokers run side by side: whoever needs another listener asks for it, on a port of its own.
        for (String type : List.of("SSL", "WS", "WSS")) {
            environment.put("MARQUETRY_LISTENERS__" + type + "__DEFAULT__ENABLED", "false");
        }
        environment.put("MARQUETRY_JAVA_OPTS", "-ea -Dio.netty.leakDetection.level=paranoid");
        environment.putAll(settings.environment());
    }

    private BrokerLog capture() {
        return new BrokerLog(process.getInputStream(), base.resolve("foreground.log"));
    }

    /** Waits until a CONNECT is accepted. */
    public void awaitReady() {
        Patience.until("the broker on port " + port + " to accept a CONNECT; see " + base, START_LIMIT, () -> {
            if (!process.isAlive()) {
                throw new AssertionError(
                        "The broker ended with " + process.exitValue() + ":\n" + String.join("\n", log.tail()));
            }
            return accepts();
        });
    }

    private boolean accepts() {
        try (Probe probe = Probe.open(port, Version.V311)) {
            probe.send(Packets.connect("harness-ready"));
            boolean accepted = probe.nextIfAny(Duration.ofSeconds(2))
                    .filter(packet -> packet instanceof Received.Connack connack && connack.code() == 0)
                    .isPresent();
            if (accepted) {
                probe.disconnect();
            }
            return accepted;
        } catch (UncheckedIOException e) {
            return false; // nobody listens yet
        }
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public BrokerProcess process() {
        return this;
    }

    /** The directory with {@code conf deploy data log}. */
    public Path base() {
        return base;
    }

    /** What the broker has printed since its last start. */
    public BrokerLog log() {
        return log;
    }

    /** The process identifier. */
    public long pid() {
        return process.pid();
    }

    /** Whether the process runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** A file in {@code conf/}, to be changed while the broker runs. */
    public ConfFile conf(String pid) {
        return ConfFile.of(base, pid);
    }

    /** Runs {@code bin/marquetry} with these arguments on the directory of this broker and returns what it prints. */
    public String command(String... arguments) throws IOException, InterruptedException {
        return order(arguments).output();
    }

    /** What a command said, and its exit code. */
    public record Answer(String output, int exitCode) {}

    /** As {@link #command}, with the exit code. */
    public Answer order(String... arguments) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>();
        words.add(Distribution.home().resolve("bin/marquetry").toString());
        words.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        describe(builder.environment());
        Process command = builder.start();
        String output = new String(command.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!command.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
            command.destroyForcibly();
            throw new AssertionError(words + " did not end");
        }
        return new Answer(output, command.exitValue());
    }

    /** Waits for the process to end by itself and returns its exit code. */
    public int awaitExit() throws InterruptedException {
        if (!process.waitFor(START_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("The broker did not end:\n" + String.join("\n", log.tail()));
        }
        log.awaitEnd();
        return process.exitValue();
    }

    /** Sends SIGTERM; fails unless the broker ends in time with code 0 and an untroubled log. */
    public void stop() {
        process.toHandle().destroy(); // Process.destroy would close the log before its last line
        try {
            if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(
                        "The broker was still there 10 s after SIGTERM:\n" + String.join("\n", log.tail()));
            }
            log.awaitEnd();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            throw new IllegalStateException(e);
        }
        if (process.exitValue() != 0) {
            throw new AssertionError(
                    "The broker ended with " + process.exitValue() + ":\n" + String.join("\n", log.tail()));
        }
        log.assertNoTrouble(0);
    }

    /** Ends the process without a chance to tidy up. */
    public void kill9() throws InterruptedException {
        process.toHandle().destroyForcibly();
        process.waitFor();
        log.awaitEnd();
    }

    /**
     * Starts again, after {@link #stop} or {@link #kill9}, on the same directory and port, and waits until it is ready.
     */
    public void restart() {
        relaunch();
        awaitReady();
    }

    /** As {@link #restart}, and does not wait. */
    public void relaunch() {
        try {
            process = launch();
            log = capture();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            stop();
        }
    }

    /** One file of {@code conf/}; a change replaces the file at once, as an editor does. */
    public record ConfFile(Path path) {
        static ConfFile of(Path base, String pid) {
            return new ConfFile(base.resolve("conf").resolve(pid + ".cfg"));
        }

        /** Sets a key, whether the file has it, has it as a comment, or lacks it. */
        public void set(String key, String value) throws IOException {
            List<String> lines = new ArrayList<>(Files.exists(path) ? Files.readAllLines(path) : List.of());
            lines.removeIf(line -> line.matches("\\s*" + key + "\\s*[=:].*"));
            lines.add(key + " = " + value);
            write(String.join("\n", lines) + "\n");
        }

        /** Takes a key out, so that its default counts. */
        public void unset(String key) throws IOException {
            List<String> lines = new ArrayList<>(Files.readAllLines(path));
            lines.removeIf(line -> line.matches("\\s*" + key + "\\s*[=:].*"));
            write(String.join("\n", lines) + "\n");
        }

        /** Replaces the whole text. */
        public void write(String text) throws IOException {
            Path fresh = path.resolveSibling("." + path.getFileName() + ".new");
            Files.writeString(fresh, text);
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
