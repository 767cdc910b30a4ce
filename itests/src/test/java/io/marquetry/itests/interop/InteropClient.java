// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.marquetry.itests.support.Patience;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client library of another make, behind the few calls that all of them have. Calls return when acknowledged. */
interface InteropClient extends AutoCloseable {
    /** How long a session outlives its connection when it may, where the client can say so. */
    int SESSION_EXPIRY_SECONDS = 300;

    /** A message that arrived. */
    @SuppressWarnings("ArrayRecordComponent") // compared by its text
    record Arrived(String topic, byte[] payload, int qos, boolean retained) {
        String text() {
            return new String(payload, UTF_8);
        }

        @Override
        public String toString() {
            return "Arrived[%s, qos=%d, retained=%s, %s]"
                    .formatted(topic, qos, retained, payload.length > 60 ? payload.length + " bytes" : text());
        }
    }

    /** A will, QoS 1, not retained. */
    record Will(String topic, String payload) {}

    /** How a client is made: port, client identifier and will. */
    @FunctionalInterface
    interface Maker {
        InteropClient make(int port, String clientId, @Nullable Will will) throws Exception;
    }

    /**
     * Connects.
     *
     * @param clean whether to begin anew; otherwise the session goes on and outlives the connection
     * @return whether the broker had a session
     */
    boolean connect(boolean clean) throws Exception;

    /** Subscribes. */
    void subscribe(String filter, int qos) throws Exception;

    /** Publishes. */
    void publish(String topic, byte[] payload, int qos, boolean retain) throws Exception;

    /** Publishes a text that is not retained. */
    default void publish(String topic, String payload, int qos) throws Exception {
        publish(topic, payload.getBytes(UTF_8), qos, false);
    }

    /** Disconnects in the regular way. */
    void disconnect() throws Exception;

    /** Whether the library believes that it is connected. */
    boolean isConnected();

    /** What has arrived. */
    BlockingQueue<Arrived> arrived();

    /** Takes the next message, which has to come in time. */
    default Arrived next() throws InterruptedException {
        Arrived message = arrived().poll(Patience.LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        if (message == null) {
            throw new AssertionError("no message arrived within " + Patience.LIMIT.toMillis() + " ms");
        }
        return message;
    }
}
