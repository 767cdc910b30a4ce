// SPDX-License-Identifier: Apache-2.0
package io.marquetry.launcher;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.Console;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * {@code bin/marquetry shell}: sends commands to the shell of the broker that runs on the base directory, by the socket
 * {@code data/shell/socket}, and prints what they print. The socket's other end, in the bundle of the shell commands,
 * says what goes over it.
 */
public final class ShellClient implements Closeable {
    private static final int OUT = 1;
    private static final int ERR = 2;
    private static final int ASK = 3;

    private static final int FAILED = 1;
    private static final int NOT_RUNNING = 3;
    /** How long a broker that is starting may take to open its shell, in milliseconds. */
    private static final long START_MILLIS = 15_000;

    private static final Set<String> GOODBYE = Set.of("exit", "logout", "quit");

    private final SocketChannel channel;
    private final BufferedReader input = new BufferedReader(new InputStreamReader(System.in, nativeCharset()));

    ShellClient(SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * Runs the command that the arguments make: a single one is a line for the shell, of several those behind the first
     * are taken as they are. Without arguments, every line of the standard input is a command. The exit code is 0 when
     * all went well, 1 when a command failed, and 3 when no broker runs.
     *
     * @param args the words of the command
     */
    public static void main(String[] args) throws InterruptedException {
        int exitCode;
        Path base = Path.of(System.getProperty("marquetry.base"));
        try {
            Optional<ShellClient> connected = connect(new BaseDirectory(base, base));
            if (connected.isEmpty()) {
                System.err.println("marquetry: no broker runs on " + base + "; bin/marquetry start starts one");
                exitCode = NOT_RUNNING;
            } else {
                try (ShellClient client = connected.get()) {
                    exitCode = args.length > 0 ? client.run(String.join("\0", args)) : client.runInput();
                }
            }
        } catch (EOFException e) {
            System.err.println("marquetry: the broker has ended the session: it is stopping, or nothing was said for"
                    + " 10 minutes");
            exitCode = FAILED;
        } catch (IOException e) {
            System.err.println("marquetry: cannot speak to the broker on " + base + ": " + e.getMessage());
            exitCode = FAILED;
        }
        System.exit(exitCode);
    }

    /** Connects, or finds that no broker is there; one that is starting is waited for. */
    private static Optional<ShellClient> connect(BaseDirectory base) throws IOException, InterruptedException {
        Path socket = base.data().resolve("shell").resolve("socket");
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS);
        while (true) {
            try {
                return Optional.of(new ShellClient(SocketChannel.open(UnixDomainSocketAddress.of(socket))));
            } catch (IOException e) {
                if (!isAlive(base.pidFile())) {
                    return Optional.empty();
                }
                if (System.nanoTime() - deadline > 0) {
                    throw new IOException(
                            e.getMessage() + " (" + socket + "); the log says why: " + base.log() + "/marquetry.log",
                            e);
                }
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private static boolean isAlive(Path pidFile) {
        try {
            long pid = Long.parseLong(Files.readString(pidFile).strip());
            return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
        } catch (IOException | NumberFormatException e) {
            return false; // no file, or one that is being written
        }
    }

    private int runInput() throws IOException {
        boolean terminal = System.console() != null;
        int worst = 0;
        while (true) {
            if (terminal) {
                System.out.print("marquetry> ");
                System.out.flush();
            }
            String line = input.readLine();
            if (line == null || GOODBYE.contains(line.strip())) {
                return worst;
            }
            if (!line.isBlank() && run(line) != 0) {
                worst = FAILED;
            }
        }
    }

    /** What the terminal and the arguments are written in; on JDK 17 the default is not always that. */
    private static Charset nativeCharset() {
        String name = System.getProperty("sun.jnu.encoding");
        return name != null && Charset.isSupported(name) ? Charset.forName(name) : Charset.defaultCharset();
    }

    /** What a command asks for: in a terminal it is typed twice and not shown, else it is a line of the input. */
    private String answer(String prompt) throws IOException {
        Console console = System.console();
        if (console == null) {
            String line = input.readLine();
            return line == null ? "" : line;
        }
        while (true) {
            char[] first = console.readPassword("%s", prompt);
            char[] again = first == null ? null : console.readPassword("Again: ");
            if (again == null) {
                return "";
            }
            if (Arrays.equals(first, again)) {
                return new String(first);
            }
            console.printf("These are two different ones.%n");
        }
    }

    private void send(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        write(ByteBuffer.allocate(Integer.BYTES + bytes.length)
                .putInt(bytes.length)
                .put(bytes)
                .flip());
    }

    /** Runs a command, prints what it prints, and returns its exit code. */
    int run(String command) throws IOException {
        IOException unsent = null;
        try {
            send(command);
        } catch (IOException e) {
            unsent = e; // a broker that refuses a session says so, and goes before it was asked anything
        }
        try {
            return hear();
        } catch (EOFException e) {
            throw unsent == null ? e : unsent;
        }
    }

    /** Prints what a command prints, and returns its exit code. */
    private int hear() throws IOException {
        while (true) {
            ByteBuffer head = read(1 + Integer.BYTES);
            int kind = head.get();
            byte[] bytes = read(head.getInt()).array();
            if (kind == OUT || kind == ERR) {
                print(kind == OUT ? FileDescriptor.out : FileDescriptor.err, bytes);
            } else if (kind == ASK) {
                send(answer(new String(bytes, StandardCharsets.UTF_8)));
            } else {
                return bytes[0];
            }
        }
    }

    /** Not by System.out, which would not tell that the reader of a pipe has gone: then nothing is left to do. */
    @SuppressWarnings("resource") // the standard streams stay open
    private static void print(FileDescriptor to, byte[] bytes) {
        try {
            new FileOutputStream(to).write(bytes);
        } catch (IOException e) {
            System.exit(FAILED);
        }
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private ByteBuffer read(int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException();
            }
        }
        return buffer.flip();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
