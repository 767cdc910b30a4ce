// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of {@link ShellServer}, with a session of the shell.
 *
 * <p>The client sends a command: its length in 4 bytes and its UTF-8 text; {@code U+0000} parts the words that are to
 * be taken as they are, see {@link CommandWords}. It gets frames of a byte, a length in 4 bytes, and that many bytes:
 * {@link #OUT} and {@link #ERR} are what the command prints, {@link #END} its exit code in one byte. Then it may send
 * the next one. {@link #ASK} is a prompt: the client answers with what was typed, in the form of a command, empty when
 * its input has ended. A session that is refused ends so before anything was read: who cannot send his command any more
 * still finds the frames that say why.
 *
 * <p>One thread reads, so that it hears at once when the client goes; another runs the command and is interrupted then.
 */
final class ShellConversation {
    static final int OUT = 1;
    static final int ERR = 2;
    static final int END = 0;
    static final int ASK = 3;
    /** Bytes of the longest command. */
    static final int MAX_COMMAND = 64 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(ShellConversation.class);

    private final SocketChannel channel;
    private final SessionFactory shell;
    private final Consumer<ShellConversation> whenClosed;
    private final ExecutorService runner = new ThreadPoolExecutor(
            1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(1), task -> daemon(task, "marquetry-shell-run"));
    private final PrintStream out = print(OUT);
    private final PrintStream err = print(ERR);
    private volatile long lastHeard = System.nanoTime();
    private volatile @Nullable Session session;
    /** Waits for what is typed; null when no command has asked. */
    private final AtomicReference<@Nullable CompletableFuture<String>> asked = new AtomicReference<>();

    ShellConversation(SocketChannel channel, SessionFactory shell, Consumer<ShellConversation> whenClosed) {
        this.channel = channel;
        this.shell = shell;
        this.whenClosed = whenClosed;
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    void start() {
        daemon(this::read, "marquetry-shell-read").start();
    }

    /** Says why there is no session, and ends. */
    void refuse(String sentence) {
        err.println("marquetry: " + sentence);
        end(1);
        close();
    }

    /** When a byte was last read or written, as {@link System#nanoTime} has it. */
    long lastHeard() {
        return lastHeard;
    }

    /** Ends the session; a command that runs is interrupted. */
    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("a shell session did not close cleanly", e);
        }
        runner.shutdownNow();
        Session open = session;
        if (open != null) {
            open.close();
        }
        whenClosed.accept(this);
    }

    private void read() {
        try {
            String command;
            while ((command = readCommand()) != null) {
                String line = command;
                CompletableFuture<String> answer = asked.getAndSet(null);
                if (answer != null) {
                    answer.complete(line);
                } else {
                    runner.execute(() -> run(line));
                }
            }
        } catch (IOException | RejectedExecutionException e) {
            // Gone in the middle, or more commands than it waited for: nobody to tell.
            LOG.debug("a shell session ended", e);
        } finally {
            close();
        }
    }

    private @Nullable String readCommand() throws IOException {
        ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);
        if (!fill(length)) {
            return null;
        }
        int bytes = length.getInt(0);
        if (bytes < 0 || bytes > MAX_COMMAND) {
            refuse("expected a command of at most " + MAX_COMMAND + " bytes, got " + Integer.toUnsignedString(bytes));
            return null;
        }
        ByteBuffer text = ByteBuffer.allocate(bytes);
        return fill(text) ? new String(text.array(), StandardCharsets.UTF_8) : null;
    }

    private boolean fill(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                return false;
            }
            lastHeard = System.nanoTime();
        }
        return true;
    }

    private void run(String command) {
        int exitCode = 0;
        try {
            if (session == null) {
                session = shell.create(InputStream.nullInputStream(), out, err);
                session.put(Typist.VARIABLE, (Typist) this::ask);
            }
            Object result = session.execute(CommandWords.line(session, command));
            if (result != null) {
                out.println(result);
            }
        } catch (Exception | LinkageError e) {
            LOG.debug("a command failed", e);
            err.println("marquetry: " + (e.getMessage() == null ? e.toString() : e.getMessage()));
            exitCode = 1;
        }
        out.flush();
        err.flush();
        end(exitCode);
    }

    /** Has the client ask; interrupted when it goes. */
    private String ask(String prompt) throws IOException, InterruptedException {
        CompletableFuture<String> answer = new CompletableFuture<>();
        asked.set(answer);
        byte[] text = prompt.getBytes(StandardCharsets.UTF_8);
        send(ASK, text, 0, text.length);
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void end(int exitCode) {
        try {
            send(END, new byte[] {(byte) exitCode}, 0, 1);
        } catch (IOException e) {
            LOG.debug("a shell session ended before its command", e);
        }
    }

    private PrintStream print(int kind) {
        OutputStream frames = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                send(kind, new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                send(kind, bytes, offset, length);
            }
        };
        return new PrintStream(frames, true, StandardCharsets.UTF_8);
    }

    private synchronized void send(int kind, byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(1 + Integer.BYTES + length);
        frame.put((byte) kind).putInt(length).put(bytes, offset, length).flip();
        while (frame.hasRemaining()) {
            channel.write(frame);
            lastHeard = System.nanoTime();
        }
    }
}
