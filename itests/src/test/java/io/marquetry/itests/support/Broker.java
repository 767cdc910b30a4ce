// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

/** A broker that listens on the loopback address. */
public sealed interface Broker permits BrokerProcess, Broker.External {
    /** The port of its MQTT listener. */
    int port();

    /** The child process, for a test that needs its files, its log or its end. */
    default BrokerProcess process() {
        throw new IllegalStateException("This broker was not started by the tests; annotate with @OnlyMarquetry");
    }

    /** Opens a connection and sends nothing. */
    default Probe open(Version version) {
        return Probe.open(port(), version);
    }

    /** A broker that was there before, named by {@code -Dmarquetry.port}. It may be of another make. */
    record External(int port) implements Broker {}
}
