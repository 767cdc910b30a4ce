// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;

/** Watches who the broker says that a client is: {@code $SYS/brokers/NODE/clients/ID/connected}. */
final class ConnectedEvents implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private final Probe watcher;

    /** Watches from now on, by the plain listener. */
    ConnectedEvents(int port) {
        watcher = Probe.open(port, Version.V5);
        watcher.connectOk(Packets.connect("watcher"));
        watcher.subscribe("$SYS/brokers/+/clients/+/connected", 0);
    }

    /** The event of this client; those of others pass. */
    JsonNode of(String clientId) {
        try {
            while (true) {
                Publish publish = watcher.await(Publish.class, Patience.LIMIT);
                if (publish.topic().contains("/" + clientId + "/")) {
                    return MAPPER.readTree(publish.text());
                }
            }
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        watcher.close();
    }
}
