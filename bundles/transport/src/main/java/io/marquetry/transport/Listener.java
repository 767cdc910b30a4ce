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
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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
    /** How often it looks whether its certificates have come. */
    private static final long CERTIFICATE_MILLIS = 5000;

    private final ListenerType type;
    private final String pid;
    private final String name;
    private final Door door;
    private final Path base;
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

    private boolean retrying;
    private boolean closed;

    /**
     * One that does nothing until {@link #apply}.
     *
     * @param pid of its configuration
     * @param base the directory with {@code conf/} and {@code data/}
     */
    Listener(ListenerType type, String pid, Door door, Path base) {
        this.type = type;
        this.pid = pid;
        this.name = type.word() + ":" + pid.substring(pid.indexOf('~') + 1);
        this.door = door;
        this.base = base;
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
        if (closed) {
            return;
        }
        Keys keys = new Keys(pid, properties);
        ListenerSettings read = ListenerSettings.read(type, keys);
        keys.unknown().forEach(LOG::warn);
        if (!keys.problems().isEmpty()) {
            String state = socket == null ? "does not listen" : "goes on as before";
            keys.problems().forEach(sentence -> LOG.error("{}; listener {} {}", sentence, name, state));
            problem = String.join("; ", keys.problems());
            return;
        }
        if (read.equals(settings) && (socket != null || wanted != null)) {
            problem = null;
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
            problem = null;
            LOG.info("listener {} is switched off", name);
        }
    }

    private void open(ListenerSettings asked) {
        Encryption encrypting = encryption;
        if (asked.tls() != null && (encrypting == null || !asked.tls().equals(encryptedAs))) {
            try {
                encrypting = Tls.open(name, asked.tls(), base, door.tally(name));
            } catch (TlsException e) {
                trouble(
                        (encrypting == null ? "has no encryption: " : "goes on with the encryption of before: ")
                                + e.getMessage(),
                        CERTIFICATE_MILLIS);
                return;
            }
        }
        boolean authenticating = encrypting != null && encrypting.isAuthenticating();
        // As of Connections.isSheltered, of what is asked for now. Who names authenticators, or nobody, has chosen who
        // may come.
        boolean open = door.anonymousAccess()
                && !authenticating
                && asked.terms().authenticators().isEmpty();
        if (!asked.address().getAddress().isLoopbackAddress() && open) {
            if (boundAs != null && boundAs.address().equals(asked.address())) {
                closeSocket(); // it was open since clients needed certificates, and they do no longer
            }
            if (encrypting != null && encrypting != encryption) {
                encrypting.close();
            }
            trouble(
                    "does not listen on " + asked.where()
                            + ": anyone who reaches that address could connect. Install an"
                            + " authenticator in deploy/, or set authenticators = none for this listener, or"
                            + " allowAnonymous = true in conf/io.marquetry.core.mqtt.cfg; it opens by itself then",
                    AUTHENTICATOR_MILLIS);
            return;
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
            problem = null;
            return;
        }
        bind(asked, accepted);
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
            problem = null;
            LOG.info("listener {} is listening on {}", name, where(opened.address()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            TcpListener left = socket;
            if (left != null) {
                left.settingsChanged();
            }
            trouble(
                    "cannot listen on " + asked.where() + ": "
                            + Objects.requireNonNullElse(e.getMessage(), e.toString())
                            + PortOwner.of(asked.address().getPort())
                            + (left == null ? "" : "; it goes on where it was, on " + where(left.address())),
                    0);
        }
    }

    /** Says why the listener is not as it should be, once, and tries again by and by. */
    private void trouble(String sentence, long retryMillis) {
        if (!sentence.equals(problem)) {
            LOG.error("listener {} {}", name, sentence);
        }
        problem = sentence;
        if (retryMillis > 0 && !retrying) {
            retrying = true;
            // What it does waits for a loop, so it must not be done by one.
            door.loops().get(0).schedule(() -> worker.execute(this::retry), retryMillis);
        }
    }

    private synchronized void retry() {
        retrying = false;
        if (!closed && socket == null && problem != null) {
            settle();
        }
    }

    /** Opens it. */
    CompletionStage<ListenerInfo> start() {
        return byHand(() -> {
            wanted = true;
            settle();
            return info();
        });
    }

    /** Closes it and ends every connection that came by it. */
    CompletionStage<ListenerInfo> stop() {
        return byHand(() -> {
            wanted = false;
            settle();
            return info();
        });
    }

    /** Closes it, and opens it again. */
    CompletionStage<ListenerInfo> restart() {
        return stop().thenCompose(stopped -> start());
    }

    private CompletionStage<ListenerInfo> byHand(Supplier<ListenerInfo> what) {
        return CompletableFuture.supplyAsync(
                () -> {
                    synchronized (this) {
                        return closed ? info() : what.get();
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
