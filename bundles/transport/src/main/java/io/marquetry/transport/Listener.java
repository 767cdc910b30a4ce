// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.admin.ListenerInfo;
import io.marquetry.api.config.Keys;
import io.marquetry.core.port.Door;
import io.marquetry.core.port.Tally;
import io.marquetry.transport.tls.Encryption;
import io.marquetry.transport.tls.Tls;
import io.marquetry.transport.tls.TlsException;
import io.marquetry.transport.tls.TlsSettings;
import io.marquetry.transport.tls.TlsSettings.Verify;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listener from its configuration to its end. Only another address makes a new socket; everything else is in force
 * for the connections that are there. A bad value, or an address that cannot be bound, leaves what was there as it is.
 *
 * <p>What it does takes its time, reading certificates or waiting for a loop, and is done on a thread of its own, one
 * thing after the other; {@link #info} waits for nothing.
 */
final class Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    /** How often it looks whether an authenticator has come that lets it open. */
    private static final long AUTHENTICATOR_MILLIS = 1000;
    /** How often it looks whether its certificates have come, or its address is free. */
    private static final long RETRY_MILLIS = 5000;

    private static final String TRIES = "it tries again every " + RETRY_MILLIS / 1000 + " s";

    private final ListenerType type;
    private final String pid;
    private final String name;
    private final Door door;
    private final Path base;
    private final Consumer<ListenerInfo> settled;
    private final ThreadPoolExecutor worker;

    private volatile @Nullable ListenerSettings settings;
    private volatile @Nullable TcpListener socket;
    /** From the first opening until the listener is switched off: a new address does not end a connection. */
    private volatile @Nullable Connections connections;

    private volatile @Nullable String problem;

    private @Nullable ListenerSettings boundAs;
    private @Nullable Encryption encryption;
    private @Nullable TlsSettings encryptedAs;
    /** What was said by hand, until the configuration says something else. */
    private @Nullable Boolean wanted;

    /** Whether its problem is one that may pass by itself. */
    private boolean waiting;

    private boolean retrying;
    private boolean closed;

    /**
     * One that does nothing until {@link #apply}.
     *
     * @param pid of its configuration
     * @param base the directory with {@code conf/} and {@code data/}
     * @param settled is told how it is, each time that something was done about it
     */
    Listener(ListenerType type, String pid, Door door, Path base, Consumer<ListenerInfo> settled) {
        this.type = type;
        this.pid = pid;
        this.name = type.word() + ":" + pid.substring(pid.indexOf('~') + 1);
        this.door = door;
        this.base = base;
        this.settled = settled;
        this.worker = new ThreadPoolExecutor(1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, "marquetry-listener-" + name);
            thread.setDaemon(true);
            return thread;
        });
        worker.allowCoreThreadTimeOut(true);
        // A loop may still ask to try again when the listener is gone.
        worker.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    }

    String name() {
        return name;
    }

    /** Takes its configuration. A plain TCP listener is open when this returns; others follow. */
    void configure(Map<String, Object> properties) {
        if (type == ListenerType.TCP) {
            apply(properties);
        } else {
            worker.execute(() -> apply(properties));
        }
    }

    private synchronized void apply(Map<String, Object> properties) {
        if (!closed) {
            take(properties);
            settled.accept(info());
        }
    }

    private void take(Map<String, Object> properties) {
        Keys keys = new Keys(pid, properties);
        ListenerSettings read = ListenerSettings.read(type, keys);
        keys.unknown().forEach(LOG::warn);
        if (!keys.problems().isEmpty()) {
            String state = socket == null ? "does not listen" : "goes on as before";
            keys.problems().forEach(sentence -> LOG.error("{}; listener {} {}", sentence, name, state));
            problem = String.join("; ", keys.problems());
            waiting &= socket == null;
            return;
        }
        if (read.equals(settings) && (socket != null || wanted != null)) {
            problem = null;
            if (waiting) {
                settle();
            }
            return;
        }
        settings = read;
        wanted = null;
        problem = null;
        settle();
    }

    private void settle() {
        ListenerSettings asked = settings;
        if (asked == null) {
            return;
        }
        if (wanted == null ? asked.enabled() : wanted) {
            open(asked);
        } else {
            switchOff();
            isWell();
            LOG.info("listener {} is switched off", name);
        }
    }

    private void open(ListenerSettings asked) {
        if (isForAnyone(asked)) {
            if (boundAs != null && boundAs.address().equals(asked.address())) {
                closeSocket(); // it was open since clients needed certificates, and they do no longer
            }
            trouble(
                    "does not listen on " + asked.where()
                            + ": anyone who reaches that address could connect. Install an"
                            + " authenticator in deploy/, or set authenticators = none for this listener, or"
                            + " allowAnonymous = true in conf/io.marquetry.core.mqtt.cfg; it opens by itself then",
                    () -> "",
                    AUTHENTICATOR_MILLIS);
            return;
        }
        Encryption encrypting = encryption;
        if (asked.tls() != null && (encrypting == null || !asked.tls().equals(encryptedAs))) {
            try {
                encrypting = Tls.open(name, asked.tls(), base, door.tally(name));
            } catch (TlsException e) {
                trouble(
                        (encrypting == null ? "has no encryption: " : "goes on with the encryption of before: ")
                                + e.getMessage(),
                        () -> "; " + TRIES,
                        RETRY_MILLIS);
                return;
            }
        }
        Connections accepted = connections;
        if (accepted == null) {
            accepted = new Connections(type, name, door, asked, encrypting);
            connections = accepted;
        } else {
            accepted.adopt(asked, encrypting);
        }
        if (encryption != null && encryption != encrypting) {
            encryption.close();
        }
        encryption = encrypting;
        encryptedAs = asked.tls();
        TcpListener old = socket;
        if (old != null && boundAs != null && boundAs.bindsAs(asked)) {
            old.settingsChanged();
            isWell();
            return;
        }
        bind(asked, accepted);
    }

    /**
     * Whether whoever reaches the address would get in, as of Connections.isSheltered. Who names authenticators, or
     * nobody, has chosen who may come.
     */
    private boolean isForAnyone(ListenerSettings asked) {
        boolean authenticating = asked.tls() != null && asked.tls().verify() == Verify.REQUIRED;
        return !asked.address().getAddress().isLoopbackAddress()
                && door.anonymousAccess()
                && !authenticating
                && asked.terms().authenticators().isEmpty();
    }

    private void bind(ListenerSettings asked, Connections accepted) {
        TcpListener old = socket;
        if (old != null && old.address().equals(asked.address())) {
            // The same address with another backlog: it cannot be bound twice.
            closeSocket();
        }
        try {
            TcpListener opened = new TcpListener(asked.address(), asked.backlog(), accepted);
            closeSocket();
            socket = opened;
            boundAs = asked;
            isWell();
            LOG.info("listener {} is listening on {}", name, where(opened.address()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            TcpListener left = socket;
            if (left != null) {
                left.settingsChanged();
            }
            trouble(
                    "cannot listen on " + asked.where() + ": " + BindFailure.reason(e, asked.address()),
                    () -> PortOwner.of(asked.address().getPort())
                            + (left == null
                                    ? "; "
                                    : "; it goes on where it was, on " + where(left.address()) + ", and ")
                            + TRIES,
                    RETRY_MILLIS);
        }
    }

    private void isWell() {
        problem = null;
        waiting = false;
    }

    /**
     * Says why the listener is not as it should be, and tries again by and by: quietly, as long as the reason is the
     * same.
     *
     * @param more what is found out, at some expense, when it is said
     */
    private void trouble(String reason, Supplier<String> more, long retryMillis) {
        String before = problem;
        if (before == null || !before.startsWith(reason)) {
            problem = reason + more.get();
            LOG.error("listener {} {}", name, problem);
        }
        waiting = true;
        if (!retrying) {
            retrying = true;
            // What it does waits for a loop, so it must not be done by one.
            door.loops().get(0).schedule(() -> worker.execute(this::retry), retryMillis);
        }
    }

    private synchronized void retry() {
        retrying = false;
        if (!closed && waiting) {
            settle();
            settled.accept(info());
        }
    }

    /** Opens it. */
    CompletionStage<ListenerInfo> start() {
        return byHand(() -> {
            wanted = true;
            problem = null; // what is wrong is found out, and said, once more
            settle();
        });
    }

    /** Closes it and ends every connection that came by it. */
    CompletionStage<ListenerInfo> stop() {
        return byHand(() -> {
            wanted = false;
            settle();
        });
    }

    /** Closes it, and opens it again. */
    CompletionStage<ListenerInfo> restart() {
        return stop().thenCompose(stopped -> start());
    }

    private CompletionStage<ListenerInfo> byHand(Runnable what) {
        return CompletableFuture.supplyAsync(
                () -> {
                    synchronized (this) {
                        if (!closed) {
                            what.run();
                            settled.accept(info());
                        }
                        return info();
                    }
                },
                worker);
    }

    /** How it is at the moment. */
    ListenerInfo info() {
        Tally tally = door.tally(name);
        ListenerSettings asked = settings;
        TcpListener open = socket;
        Connections accepted = connections;
        return new ListenerInfo(
                name,
                open != null ? where(open.address()) : asked != null ? asked.where() : "",
                asked != null && asked.enabled(),
                open != null,
                asked != null && asked.proxy().protocol(),
                accepted == null ? tally.connections() : accepted.population().current(),
                asked == null ? 0 : asked.limits().connections(),
                tally.shutdownCount(),
                tally.values(),
                problem);
    }

    /** Its configuration is gone, or the broker goes. */
    void close() {
        synchronized (this) {
            closed = true;
            switchOff();
        }
        worker.shutdown();
    }

    private void closeSocket() {
        TcpListener old = socket;
        socket = null;
        boundAs = null;
        if (old != null) {
            String where = where(old.address());
            old.close();
            LOG.info("listener {} has stopped listening on {}", name, where);
        }
    }

    private void switchOff() {
        closeSocket();
        Connections ended = connections;
        connections = null;
        if (ended != null) {
            ended.close();
        }
        if (encryption != null) {
            encryption.close();
            encryption = null;
            encryptedAs = null;
        }
    }

    private static String where(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }
}
