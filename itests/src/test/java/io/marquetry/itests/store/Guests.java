// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import io.marquetry.itests.support.ConnectPacket;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Version;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients who come and go, one behind the other on a thread of their own, and each time begin, resume or end their
 * session. What CONNACK says about the session has to be what the CONNACK before has made of it [MQTT-3.2.2-2]
 * [MQTT-3.2.2-3]; where none came both is right.
 */
final class Guests implements AutoCloseable {
    private static final int COUNT = 8;
    private static final long LASTING = 100_000;
    private static final long PAUSE_NANOS = 10_000_000;

    private enum Has {
        A_SESSION,
        NONE,
        NOBODY_KNOWS
    }

    private final int port;
    private final Conservation ledger;
    private final Random random = new Random(7);
    private final Has[] state = new Has[COUNT];
    private final Thread thread = new Thread(this::run, "guests");
    private final AtomicInteger visits = new AtomicInteger();
    private volatile boolean closed;

    Guests(int port, Conservation ledger) {
        this.port = port;
        this.ledger = ledger;
        java.util.Arrays.fill(state, Has.NONE);
        thread.setDaemon(true);
        thread.start();
    }

    /** How many CONNACKs have come. */
    int visits() {
        return visits.get();
    }

    private void run() {
        while (!closed) {
            int guest = random.nextInt(COUNT);
            try {
                visit(guest, guest % 2 == 0 ? Version.V5 : Version.V311);
            } catch (UncheckedIOException e) {
                // Nobody listens now.
            } catch (AssertionError | RuntimeException e) {
                ledger.problem("guest " + guest + " broke down: " + e);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void visit(int guest, Version version) {
        boolean clean = random.nextBoolean();
        // Before MQTT 5 a session that begins clean ends with its connection, and another one lasts.
        boolean lasts = version == Version.V5 ? random.nextBoolean() : !clean;
        ConnectPacket connect = Packets.connect("guest" + guest).lasting(lasts ? LASTING : 0);
        connect.connectFlags(clean ? 2 : 0);
        try (Probe probe = Probe.open(port, version)) {
            Has before = state[guest];
            state[guest] = Has.NOBODY_KNOWS;
            probe.send(connect);
            Optional<Connack> connack = probe.nextIfAny(Duration.ofSeconds(10)).map(Connack.class::cast);
            if (connack.isEmpty() || connack.get().code() != 0) {
                return;
            }
            boolean present = connack.get().sessionPresent();
            if (present ? clean || before == Has.NONE : !clean && before == Has.A_SESSION) {
                ledger.problem("guest " + guest + " had " + before + ", comes clean=" + clean
                        + ", and is told that a session is " + (present ? "" : "not ") + "there");
            }
            visits.incrementAndGet();
            if (lasts) {
                state[guest] = Has.A_SESSION;
            } else {
                probe.send(Packets.disconnect());
                // It has ended when the broker has closed the connection.
                state[guest] = probe.nextIfAny(Duration.ofSeconds(10)).isEmpty() ? Has.NONE : Has.NOBODY_KNOWS;
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        Patience.until("guests to leave", () -> !thread.isAlive());
    }
}
