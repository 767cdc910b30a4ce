// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test with a broker. Tests of many classes share one, so each uses client identifiers and topics of its own: from
 * {@link #id} and {@link #topic}. Probes that come from here are closed after the test.
 */
@ExtendWith(BrokerExtension.class)
public abstract class BrokerTest {
    private static final AtomicLong NUMBER = new AtomicLong(System.currentTimeMillis());

    private final String unique = Long.toString(NUMBER.incrementAndGet(), 36);
    private final List<Probe> probes = new ArrayList<>();
    private @Nullable Broker broker;

    final void useBroker(Broker value) {
        broker = value;
    }

    /** The broker under test. */
    protected final Broker broker() {
        return Objects.requireNonNull(broker);
    }

    /** A client identifier that no other test uses, within the 23 letters and digits that every server allows. */
    protected final String id(String name) {
        return name + unique;
    }

    /** A topic that no other test uses; also a filter, when {@code rest} has wildcards. */
    protected final String topic(String rest) {
        return "t" + unique + "/" + rest;
    }

    /** A connection on which nothing has been sent. */
    protected final Probe open(Version version) {
        return keep(broker().open(version));
    }

    /** Has a probe closed after the test. */
    protected final Probe keep(Probe probe) {
        probes.add(probe);
        return probe;
    }

    /** A client that is connected with this CONNECT. */
    protected final Probe client(Version version, ConnectPacket connect) {
        Probe probe = open(version);
        probe.connectOk(connect);
        return probe;
    }

    /** A client with a clean session that is connected under this name. */
    protected final Probe client(Version version, String name) {
        return client(version, Packets.connect(id(name)));
    }

    @AfterEach
    final void closeProbes() {
        probes.forEach(Probe::close);
    }
}
