// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.testing;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.netty.util.LeakPresenceDetector;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/**
 * A test against a whole broker. When it ends every connection and every session is ended too; then the accounting must
 * balance, nothing may be left, and every buffer must have been released.
 */
public abstract class BrokerTest {
    protected static final ProtocolVersion V3 = ProtocolVersion.MQTT_3_1_1;
    protected static final ProtocolVersion V5 = ProtocolVersion.MQTT_5;

    private @Nullable TestBroker broker;

    /** Starts a broker with one loop. */
    protected TestBroker start(String... mqttKeys) {
        return startOn(1, mqttKeys);
    }

    /** Starts a broker with several loops. */
    protected TestBroker startOn(int loops, String... mqttKeys) {
        return adopt(TestBroker.on(loops, mqttKeys));
    }

    /** Starts a broker with bounds of its retained messages. */
    protected TestBroker startRetaining(Map<String, String> retained, String... mqttKeys) {
        return adopt(new TestBroker(1, null, TestBroker.keys(mqttKeys), retained));
    }

    /** Starts a broker whose loops run in an order that a seed tells. */
    protected TestBroker startShuffled(int loops, Random random, String... mqttKeys) {
        return adopt(new TestBroker(loops, random, TestBroker.keys(mqttKeys), Map.of()));
    }

    /** Starts a broker that keeps what is to survive in a store. */
    protected TestBroker startDurable(HeapStore store, int loops, String... mqttKeys) {
        return adopt(TestBroker.durable(store, loops, mqttKeys));
    }

    /** As {@link #startDurable(HeapStore, int, String...)}, with loops that run in an order that a seed tells. */
    protected TestBroker startDurable(HeapStore store, int loops, Random random) {
        return adopt(new TestBroker(loops, random, Map.of(), Map.of()).recover(store));
    }

    /** Kills the broker, and starts another one that finds what the store has kept. */
    protected TestBroker restart(long downMillis, int loops, String... mqttKeys) {
        TestBroker killed = java.util.Objects.requireNonNull(broker, "a broker to be killed");
        broker = null;
        return adopt(killed.restart(new Random(1), downMillis, loops, mqttKeys));
    }

    private TestBroker adopt(TestBroker started) {
        if (broker != null) {
            throw new IllegalStateException("one test has one broker");
        }
        broker = started;
        return started;
    }

    /** Ends the broker and checks what it leaves behind. */
    @AfterEach
    protected void nothingIsLeft() {
        TestBroker ended = broker;
        broker = null;
        if (ended != null) {
            ended.close();
            LeakPresenceDetector.check();
        }
    }
}
