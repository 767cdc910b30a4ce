// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.config.Keys;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.core.internal.broker.Broker;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.NodeSettings;
import io.marquetry.core.internal.config.RetainedSettings;
import io.marquetry.core.internal.config.SysSettings;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.port.Loop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A whole broker on loops and a clock that are moved by hand, and its clients. */
public final class TestBroker implements AutoCloseable {
    private final ManualLoops loops;
    private final long epoch;
    private final Hooks hooks;
    private final Broker broker;
    private final List<FakeWire> wires = new ArrayList<>();
    private final Set<String> clientIds = new TreeSet<>();
    private volatile MqttSettings settings;
    private final TestEntrance entrance = new TestEntrance();
    private @Nullable HeapStore store;
    private int nextLoop;

    /**
     * @param mqtt keys of {@code io.marquetry.core.mqtt} that differ from their defaults, {@code name=value}
     * @param retained keys of {@code io.marquetry.core.retained}
     */
    TestBroker(int loopCount, @Nullable Random random, Map<String, String> mqtt, Map<String, String> retained) {
        this(new ManualLoops(loopCount, random), 1_700_000_000_000L, mqtt, retained);
    }

    /** @param epoch what the wall clock is ahead of the loops' clock */
    private TestBroker(ManualLoops loops, long epoch, Map<String, String> mqtt, Map<String, String> retained) {
        this.loops = loops;
        this.epoch = epoch;
        int loopCount = loops.loops().size();
        settings = settings(mqtt);
        hooks = new Hooks(() -> settings, loops.ticker());
        broker = new Broker(
                loops.loops(),
                loops::now,
                this::wallTime,
                new NodeSettings("test@127.0.0.1", loopCount),
                "0.0.0",
                settings,
                RetainedSettings.read(new Keys(RetainedSettings.PID, retained)),
                SysSettings.read(new Keys(SysSettings.PID, Map.of())),
                hooks);
    }

    /** A broker on so many loops. */
    public static TestBroker on(int loopCount, String... mqttKeys) {
        return new TestBroker(loopCount, null, keys(mqttKeys), Map.of());
    }

    /** A broker on so many loops that keeps what is to survive in a store, from which it has recovered. */
    public static TestBroker durable(HeapStore store, int loopCount, String... mqttKeys) {
        return on(loopCount, mqttKeys).recover(store);
    }

    /** The same on loops that run in an order that a seed tells. */
    public static TestBroker durable(HeapStore store, int loopCount, Random random, String... mqttKeys) {
        return new TestBroker(loopCount, random, keys(mqttKeys), Map.of()).recover(store);
    }

    /** As {@link #restart(Random, long, int, String...)}, on loops that run in an order that the seed tells too. */
    public TestBroker restartShuffled(Random random, long downMillis, int loopCount, String... mqttKeys) {
        return restart(random, downMillis, new ManualLoops(loopCount, random), mqttKeys);
    }

    /**
     * The process is killed, and another one starts with what the store has kept.
     *
     * @param random says which batches that were under way have survived
     * @param downMillis for how long there is no broker
     */
    TestBroker restart(Random random, long downMillis, int loopCount, String... mqttKeys) {
        return restart(random, downMillis, new ManualLoops(loopCount), mqttKeys);
    }

    private TestBroker restart(Random random, long downMillis, ManualLoops next, String... mqttKeys) {
        HeapStore kept = java.util.Objects.requireNonNull(store, "a broker that keeps something")
                .afterCrash(random);
        broker.journals().store(null);
        wires.forEach(wire -> wire.breakOff(null));
        settle();
        broker.close();
        next.oversleep(downMillis / 2); // its clock is another one
        TestBroker restarted =
                new TestBroker(next, wallTime() + downMillis - next.now(), keys(mqttKeys), Map.of()).recover(kept);
        restarted.clientIds.addAll(clientIds);
        return restarted;
    }

    /** Milliseconds since 1970. */
    public long wallTime() {
        return epoch + loops.now();
    }

    /** Where it keeps what is to survive. */
    public HeapStore store() {
        return java.util.Objects.requireNonNull(store, "a broker that keeps something");
    }

    /** The store goes, as during an update: of what it was given it has committed what chance wills. */
    public void takeStore(Random random) {
        store = store().afterCrash(random);
        broker.journals().store(null);
    }

    /** The store is there again, opened anew. */
    public void giveStore() {
        broker.journals().store(store());
    }

    /** Reads everything from a store, and keeps what is to survive there from now on. */
    TestBroker recover(HeapStore its) {
        store = its;
        broker.readers(Runnable::run);
        try {
            CompletionStage<?> recovered = broker.recover(its, Store.Durability.DISK, name -> {});
            settle();
            its.commit();
            recovered.toCompletableFuture().getNow(null);
        } catch (StoreException e) {
            throw new IllegalArgumentException("the broker cannot recover from this store", e);
        }
        assertThat(broker.journals().areKept()).as("recovered").isTrue();
        return this;
    }

    /** Lets everything happen that can happen now, and lets the store commit whatever it is given meanwhile. */
    public void commit() {
        HeapStore its = store;
        do {
            settle();
        } while (its != null && its.commit());
    }

    /** The settings with these differences, {@code name=value}, from the defaults. */
    public static Map<String, String> keys(String... pairs) {
        Map<String, String> keys = new java.util.HashMap<>();
        for (String pair : pairs) {
            int equals = pair.indexOf('=');
            keys.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return keys;
    }

    private static MqttSettings settings(Map<String, String> mqtt) {
        Keys keys = new Keys(MqttSettings.PID, mqtt);
        MqttSettings read = MqttSettings.read(keys);
        if (!keys.problems().isEmpty() || !keys.unknown().isEmpty()) {
            throw new IllegalArgumentException(keys.problems() + " " + keys.unknown());
        }
        return read;
    }

    /** Changes settings while everything goes on. */
    public void reconfigure(String... mqttKeys) {
        settings = settings(keys(mqttKeys));
        broker.settings(settings);
    }

    public Broker broker() {
        return broker;
    }

    public Hooks hooks() {
        return hooks;
    }

    /** The listener by which everyone comes. */
    public TestEntrance entrance() {
        return entrance;
    }

    public ManualLoops loops() {
        return loops;
    }

    /** A new connection, accepted by the loops in turn. */
    public TestClient connection(ProtocolVersion version) {
        return connection(version, nextLoop++ % loops.loops().size());
    }

    /** A new connection, accepted by one loop. */
    public TestClient connection(ProtocolVersion version, int loopIndex) {
        Loop loop = loops.loop(loopIndex);
        FakeWire wire = new FakeWire(loops, loop, entrance);
        wires.add(wire);
        loops.on(loop, () -> wire.open(broker.open(wire)));
        return new TestClient(this, wire, version);
    }

    /** A client identifier whose session is at home on a loop. */
    public String idAt(int loopIndex, String prefix) {
        for (int i = 0; ; i++) {
            String id = prefix + i;
            int h = id.hashCode();
            if (Math.floorMod(h ^ h >>> 16, loops.loops().size()) == loopIndex && !clientIds.contains(id)) {
                clientIds.add(id);
                return id;
            }
        }
    }

    /** A session by this identifier is to be ended with the broker, though no CONNECT named it. */
    public void seen(String clientId) {
        clientIds.add(clientId);
    }

    /** Lets everything happen that can happen now. */
    public void settle() {
        loops.settle();
    }

    /** Lets time pass. */
    public void advance(long millis) {
        loops.advance(millis);
    }

    /** One counter of the accounting. */
    public long fate(String name) {
        Long value = broker.statistics().accounting().get(name);
        if (value == null) {
            throw new IllegalArgumentException("no fate is called " + name);
        }
        return value;
    }

    /** One counter. */
    public long count(String name) {
        Long value = broker.statistics().counters().get(name);
        if (value == null) {
            throw new IllegalArgumentException("no counter is called " + name);
        }
        return value;
    }

    /** One gauge. */
    public long gauge(String name) {
        Long value = broker.statistics().gauges().get(name);
        if (value == null) {
            throw new IllegalArgumentException("no gauge is called " + name);
        }
        return value;
    }

    /** How connections by the listener ended. */
    public Map<String, Long> endings() {
        return broker.listeners().of("tcp:default").shutdownCount();
    }

    /** Ends every connection and then every session, and checks that nothing is left of them. */
    @Override
    public void close() {
        HeapStore its = store;
        if (its != null) {
            broker.journals().store(its);
            its.become(Store.State.READY);
        }
        commit();
        for (FakeWire wire : wires) {
            wire.breakOff(null);
        }
        commit();
        Conservation.check(broker);
        assertThat(count("loop.errors")).as("faults that a loop had to catch").isZero();
        for (String id : clientIds) {
            broker.clients().kick(id);
        }
        commit();
        Conservation.check(broker);
        Conservation.checkEmpty(broker);
        broker.close();
    }
}
