// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.ConnectPacket;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Version;

/** A test that speaks MQTT 5. */
abstract class V5Test extends BrokerTest {
    /** A connection on which nothing has been sent. */
    final Probe open() {
        return open(Version.V5);
    }

    /** A client with a session that ends with its connection. */
    final Probe client(String name) {
        return client(Version.V5, name);
    }

    /** A client that is connected with this CONNECT. */
    final Probe client(ConnectPacket connect) {
        return client(Version.V5, connect);
    }
}
