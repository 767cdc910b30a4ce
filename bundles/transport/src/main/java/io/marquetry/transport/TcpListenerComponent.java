// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.config.Keys;
import io.marquetry.core.port.Door;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One TCP listener for each {@code conf/io.marquetry.transport.tcp-NAME.cfg}. Only another address makes a new socket;
 * a bad value, or an address that cannot be bound, leaves what was there as it is.
 */
@Component(
        service = {},
        configurationPid = TcpListenerComponent.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class TcpListenerComponent {
    static final String PID = "io.marquetry.transport.tcp";
    private static final Logger LOG = LoggerFactory.getLogger(TcpListenerComponent.class);
    /** How often a listener looks whether an authenticator has come that lets it open, in milliseconds. */
    private static final long RETRY_MILLIS = 1000;

    private final Door door;
    private final String pid;
    private final String name;
    private @Nullable ListenerSettings settings;
    private @Nullable TcpListener listener;
    /** From the first opening until the listener is switched off: a new address does not end a connection. */
    private @Nullable Connections connections;

    private boolean refusalLogged;
    private boolean retrying;
    private boolean stopped;

    /** Opens the listener. */
    @Activate
    public TcpListenerComponent(@Reference Door door, Map<String, Object> properties) {
        this.door = door;
        this.pid = String.valueOf(properties.getOrDefault("service.pid", PID + "~default"));
        this.name = "tcp:" + pid.substring(pid.indexOf('~') + 1);
        apply(properties);
    }

    @Modified
    synchronized void modified(Map<String, Object> properties) {
        apply(properties);
    }

    @Deactivate
    synchronized void close() {
        stopped = true;
        switchOff();
    }

    private synchronized void apply(Map<String, Object> properties) {
        Keys keys = new Keys(pid, properties);
        ListenerSettings read = ListenerSettings.read(keys);
        keys.unknown().forEach(LOG::warn);
        if (!keys.problems().isEmpty()) {
            for (String problem : keys.problems()) {
                LOG.error(
                        "{}; listener {} {}",
                        problem,
                        name,
                        listener == null ? "does not listen" : "goes on as before");
            }
            return;
        }
        ListenerSettings before = settings;
        settings = read;
        if (before != null && listener != null && before.equals(read)) {
            return;
        }
        refusalLogged = false;
        if (!read.enabled()) {
            switchOff();
            LOG.info("listener {} is switched off", name);
        } else {
            open(read);
        }
    }

    private void open(ListenerSettings wanted) {
        InetSocketAddress address = wanted.address();
        if (!address.getAddress().isLoopbackAddress() && door.anonymousAccess()) {
            if (!refusalLogged) {
                refusalLogged = true;
                LOG.error(
                        "listener {} does not listen on {}: anyone who reaches that address could connect. Install an"
                                + " authenticator in deploy/, or set allowAnonymous = true in"
                                + " conf/io.marquetry.core.mqtt.cfg; it opens by itself then",
                        name,
                        wanted.where());
            }
            if (!retrying) {
                retrying = true;
                door.loops().get(0).schedule(this::retry, RETRY_MILLIS);
            }
            return;
        }
        TcpListener old = listener;
        if (old != null && old.address().equals(address)) {
            // The same address with another backlog: it cannot be bound twice.
            closeListener();
        }
        Connections accepted = connections == null ? new Connections(name, door) : connections;
        connections = accepted;
        try {
            TcpListener opened = new TcpListener(address, wanted.backlog(), accepted);
            closeListener();
            listener = opened;
            LOG.info("listener {} is listening on {}", name, where(opened.address()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.error(
                    "listener {} cannot listen on {}: {}{}{}",
                    name,
                    wanted.where(),
                    Objects.requireNonNullElse(e.getMessage(), e.toString()),
                    PortOwner.of(address.getPort()),
                    listener == null ? "" : "; it goes on where it was, on " + where(listener.address()));
        }
    }

    private synchronized void retry() {
        retrying = false;
        ListenerSettings wanted = settings;
        if (!stopped && listener == null && wanted != null && wanted.enabled() && refusalLogged) {
            // Binding waits for a loop, so it must not be done by one.
            new Thread(
                            () -> {
                                synchronized (this) {
                                    if (!stopped && listener == null && wanted == settings) {
                                        open(wanted);
                                    }
                                }
                            },
                            "marquetry-listener-" + name)
                    .start();
        }
    }

    private void closeListener() {
        TcpListener old = listener;
        listener = null;
        if (old != null) {
            String where = where(old.address());
            old.close();
            LOG.info("listener {} has stopped listening on {}", name, where);
        }
    }

    private void switchOff() {
        closeListener();
        Connections ended = connections;
        connections = null;
        if (ended != null) {
            ended.close();
        }
    }

    private static String where(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }
}
