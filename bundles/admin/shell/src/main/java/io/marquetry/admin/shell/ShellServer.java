// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts {@link ShellConversation}s on a Unix domain socket. Its directory is closed to everyone but its owner before
 * the socket is made, so there is no moment at which someone else could connect.
 */
final class ShellServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ShellServer.class);

    private final Path socket;
    private final ServerSocketChannel channel;
    private final SessionFactory shell;
    private final int maxSessions;
    private final Duration idle;
    private final Set<ShellConversation> conversations = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "marquetry-shell-watch");
        thread.setDaemon(true);
        return thread;
    });

    private ShellServer(
            Path socket, ServerSocketChannel channel, SessionFactory shell, int maxSessions, Duration idle) {
        this.socket = socket;
        this.channel = channel;
        this.shell = shell;
        this.maxSessions = maxSessions;
        this.idle = idle;
    }

    /**
     * Opens a socket and serves it.
     *
     * @param socket where; a socket that a broker left there when it was killed is replaced, since the lock on the base
     *     directory says that no other broker uses it
     * @param maxSessions how many may be connected at once
     * @param idle after how long without a byte in either direction a session is ended
     */
    static ShellServer open(Path socket, SessionFactory shell, int maxSessions, Duration idle) throws IOException {
        Path directory = socket.toAbsolutePath().getParent();
        var ownerOnly = PosixFilePermissions.fromString("rwx------");
        Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(ownerOnly));
        Files.setPosixFilePermissions(directory, ownerOnly); // it may have been there
        Files.deleteIfExists(socket);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        ShellServer server = new ShellServer(socket, channel, shell, maxSessions, idle);
        Thread acceptor = new Thread(server::accept, "marquetry-shell-accept");
        acceptor.setDaemon(true);
        acceptor.start();
        long pause = Math.max(1, idle.toMillis() / 10);
        var unused = server.watch.scheduleWithFixedDelay(server::endIdle, pause, pause, TimeUnit.MILLISECONDS);
        return server;
    }

    private void accept() {
        awaitCommands();
        while (channel.isOpen()) {
            try {
                SocketChannel client = channel.accept();
                ShellConversation conversation = new ShellConversation(client, shell, conversations::remove);
                if (conversations.size() >= maxSessions) {
                    conversation.refuse("there are " + maxSessions + " shell sessions already; end one of them first");
                } else {
                    conversations.add(conversation);
                    conversation.start();
                }
            } catch (IOException e) {
                if (channel.isOpen()) {
                    LOG.warn("a shell session could not begin: {}", e.toString());
                    pause(1_000); // what failed once, for want of files perhaps, fails again at once
                }
            }
        }
    }

    /**
     * The shell finds the commands of this bundle a moment after its start; whoever connects earlier waits for that.
     */
    private void awaitCommands() {
        for (int i = 0; i < 100 && channel.isOpen() && shell.getRegistry().getCommand("mqtt", "metrics") == null; i++) {
            pause(50);
        }
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void endIdle() {
        long now = System.nanoTime();
        conversations.stream()
                .filter(conversation -> now - conversation.lastHeard() > idle.toNanos())
                .forEach(ShellConversation::close);
    }

    @Override
    public void close() {
        try {
            channel.close();
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            LOG.warn("cannot remove {}: {}", socket, e.toString());
        }
        watch.shutdownNow();
        conversations.forEach(ShellConversation::close);
    }
}
