// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.ConnectPacket;
import io.marquetry.itests.support.Distribution;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Version;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A broker with one extension of {@code extensions/} in {@code deploy/}, and the clients of a test. */
final class Guarded implements AutoCloseable {
    static final int ACCEPTED = 0;
    static final int BAD_USER_NAME_OR_PASSWORD = 0x86;
    static final int NOT_AUTHORIZED = 0x87;
    static final int SERVER_UNAVAILABLE = 0x88;

    private final BrokerProcess broker;
    private final List<Probe> probes = new ArrayList<>();

    private Guarded(BrokerProcess broker) {
        this.broker = broker;
    }

    /** Starts it and waits until a stranger is kept out; until the extension runs, everybody on loopback may come. */
    static Guarded by(String extension, BrokerSettings settings) throws Exception {
        Guarded guarded = new Guarded(BrokerProcess.start(settings));
        String jar = extension + ".jar";
        Files.copy(
                Distribution.home().resolve("extensions").resolve(jar),
                guarded.broker.base().resolve("deploy").resolve(jar),
                StandardCopyOption.REPLACE_EXISTING);
        Patience.until(
                extension + " to keep strangers out; see " + guarded.broker.base(),
                Duration.ofSeconds(60),
                () -> guarded.code("stranger", "nobody", "nothing") >= 0x80);
        return guarded;
    }

    BrokerProcess broker() {
        return broker;
    }

    /** What the broker says to a client; who is accepted leaves again. */
    int code(String clientId, String username, String password) {
        try (Probe probe = Probe.open(broker.port(), Version.V5)) {
            Connack connack = probe.connect(packet(clientId, username, password));
            if (connack.code() == ACCEPTED) {
                probe.disconnect();
            }
            return connack.code();
        }
    }

    /** A client that is accepted and stays. */
    Probe connected(String clientId, String username, String password) {
        Probe probe = Probe.open(broker.port(), Version.V5);
        probes.add(probe);
        probe.connectOk(packet(clientId, username, password));
        return probe;
    }

    private static ConnectPacket packet(String clientId, String username, String password) {
        return Packets.connect(clientId).username(username).password(password);
    }

    @Override
    public void close() {
        probes.forEach(Probe::close);
        broker.close();
    }
}
