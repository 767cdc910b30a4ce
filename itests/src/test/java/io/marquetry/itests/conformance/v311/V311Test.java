// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v311;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.ConnectPacket;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Version;

/** A test that speaks MQTT 3.1.1, where a server closes without a word. */
abstract class V311Test extends BrokerTest {
    /** A connection on which nothing has been sent. */
    final Probe open() {
        return open(Version.V311);
    }

    /** A client with a clean session. */
    final Probe client(String name) {
        return client(Version.V311, name);
    }

    /** A client that is connected with this CONNECT. */
    final Probe client(ConnectPacket connect) {
        return client(Version.V311, connect);
    }
}
