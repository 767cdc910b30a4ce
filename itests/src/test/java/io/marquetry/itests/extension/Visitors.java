// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Version;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Clients who come all the time, one behind the other, on a thread of their own: alice, who must be let in and must not
 * publish where it is forbidden, and mallory, who must not be let in. A moment in which nobody is asked lets mallory
 * in, or the forbidden message through.
 */
final class Visitors implements AutoCloseable {
    private static final int NOT_AUTHORIZED = 0x87;
    private static final int BAD_USER_NAME_OR_PASSWORD = 0x86;

    private final Queue<String> problems = new ConcurrentLinkedQueue<>();
    private final Thread thread = new Thread(this::run, "visitors");
    private final int port;
    private volatile boolean closed;
    private volatile int rounds;

    Visitors(int port) {
        this.port = port;
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!closed) {
            try {
                alice();
                mallory();
                rounds++;
            } catch (RuntimeException | AssertionError e) {
                problems.add(e.toString());
            }
        }
    }

    private void alice() {
        try (Probe alice = Probe.open(port, Version.V5)) {
            alice.send(Packets.connect("visitor-alice").username("alice"));
            check("alice's CONNACK", alice.await(Connack.class).code(), 0);
            alice.send(Packets.publish("swap/forbidden", "x").qos(1).id(1));
            check("alice's PUBACK", alice.await(Puback.class).code(), NOT_AUTHORIZED);
            alice.disconnect();
        }
    }

    private void mallory() {
        try (Probe mallory = Probe.open(port, Version.V5)) {
            mallory.send(Packets.connect("visitor-mallory").username("mallory"));
            check("mallory's CONNACK", mallory.await(Connack.class).code(), BAD_USER_NAME_OR_PASSWORD);
        }
    }

    private void check(String what, int code, int expected) {
        if (code != expected) {
            problems.add(
                    what + " was 0x" + Integer.toHexString(code) + ", expected 0x" + Integer.toHexString(expected));
        }
    }

    /** How many have come, each of the two. */
    int rounds() {
        return rounds;
    }

    /** What was seen that should not be. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.join();
    }
}
