// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.Patience;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What tests of one broker with several listeners need: settings by listener, free ports, counts. */
final class FrontDoor implements AutoCloseable {
    /** The types of listeners. */
    enum Type {
        SSL,
        WS,
        WSS;

        private String variable(String key) {
            return "MARQUETRY_LISTENERS__" + name() + "__DEFAULT__" + key;
        }
    }

    /** The column of {@code mqtt:listener-list}. */
    private static final int CURRENT_CONN = 5;

    private final BrokerProcess broker;
    private final Map<Type, Integer> ports;

    private FrontDoor(BrokerProcess broker, Map<Type, Integer> ports) {
        this.broker = broker;
        this.ports = ports;
    }

    /** Puts a broker together. */
    static Builder builder() {
        return new Builder();
    }

    /** Settings of a broker that is to be started. */
    static final class Builder {
        private final BrokerSettings settings = BrokerSettings.defaults();
        private final Map<Type, Integer> ports = new EnumMap<>(Type.class);

        private Builder() {
            for (Type type : Type.values()) {
                settings.env(type.variable("ENABLED"), "false");
            }
        }

        /** Opens a listener on a port of its own; keys as environment variables have them, {@code KEY=value}. */
        Builder listener(Type type, String... pairs) {
            int port = BrokerProcess.freePort();
            ports.put(type, port);
            settings.env(type.variable("ENABLED"), "true").env(type.variable("BIND"), "127.0.0.1:" + port);
            for (String pair : pairs) {
                int equals = pair.indexOf('=');
                settings.env(type.variable(pair.substring(0, equals)), pair.substring(equals + 1));
            }
            return this;
        }

        /** Sets any variable, {@code MARQUETRY_...=value}. */
        Builder env(String pair) {
            int equals = pair.indexOf('=');
            settings.env(pair.substring(0, equals), pair.substring(equals + 1));
            return this;
        }

        /** Sets a key of a file in {@code conf/}, which the test may change later. */
        Builder conf(String pid, String key, String value) {
            settings.conf(pid, key, value);
            return this;
        }

        /** Starts it, and waits until every listener is open. */
        FrontDoor start() {
            FrontDoor door = new FrontDoor(BrokerProcess.start(settings), ports);
            for (Type type : ports.keySet()) {
                door.awaitOpen(type);
            }
            return door;
        }
    }

    private void awaitOpen(Type type) {
        Patience.until("the listener " + type + " to open", BrokerProcess.START_LIMIT, () -> {
            try (Socket ignored = new Socket(InetAddress.getLoopbackAddress(), port(type))) {
                return true;
            } catch (IOException e) {
                return false; // not yet
            }
        });
    }

    BrokerProcess broker() {
        return broker;
    }

    int port(Type type) {
        return ports.get(type);
    }

    /** How many connections by a listener ended for this reason, as an operator sees it. */
    long ended(String listener, String reason) {
        return number(listenerRow(listener), "\\{" + reason + ",(\\d+)\\}");
    }

    /** How many connections by a listener there are, as an operator sees it. */
    long current(String listener) {
        return Long.parseLong(listenerRow(listener).split("\t", -1)[CURRENT_CONN]);
    }

    /** A value that a listener counts, for example {@code handshakes.resumed}; 0 when it was never counted. */
    long value(String listener, String name) {
        return number(
                shell("mqtt:metrics", "--no-format", "listener." + listener.replace(':', '.') + "." + name),
                Pattern.quote("listener." + listener.replace(':', '.') + "." + name) + "\\s+(\\d+)");
    }

    private String listenerRow(String listener) {
        return shell("mqtt:listener-list", "--no-format")
                .lines()
                .filter(line -> line.startsWith(listener))
                .findFirst()
                .orElseThrow(() -> new AssertionError("There is no listener " + listener.toLowerCase(Locale.ROOT)));
    }

    /** Runs a command of the container's shell in the running broker. */
    String shell(String... command) {
        try {
            return broker.command("shell", String.join(" ", command));
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static long number(String text, String regex) {
        Matcher matcher = Pattern.compile(regex).matcher(text);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    @Override
    public void close() {
        broker.close();
    }
}
