// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import io.marquetry.itests.support.BrokerSettings;

/** How the brokers of these tests start. */
final class StoreBroker {
    /** As in {@code extensions/}, without {@code marquetry-} and {@code .jar}. */
    static final String EXTENSION = "store-rocksdb";

    private StoreBroker() {}

    /**
     * With the durable store, more loops than processors, quick to start, and queues that drop nothing: what they drop
     * is missing as what is lost would be.
     */
    static BrokerSettings settings() {
        return BrokerSettings.defaults()
                .extension(EXTENSION)
                .env("MARQUETRY_NODE__LOOPS", "3")
                .env("MARQUETRY_MQTT__MAX_QUEUE_BYTES", "1073741824")
                .env("MARQUETRY_JAVA_OPTS", "-ea -XX:TieredStopAtLevel=1");
    }
}
