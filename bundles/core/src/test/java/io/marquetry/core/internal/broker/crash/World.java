// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.admin.StorageCheck;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import io.marquetry.codec.Packet;
import io.marquetry.core.internal.session.StoreCheck;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.Conservation;
import io.marquetry.core.internal.testing.HeapStore;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** One broker after the other on what the last one has left in the store, and the clients that live through it. */
final class World {
    private static final int MOST_UNACKNOWLEDGED = 20;
    private static final int MOST_LOOPS = 3;
    private static final int MOST_PATIENCE = 50;
    private static final long SLICE_MILLIS = 2_000;
    private static final int EXPIRY_OF_OLDER = 7_200;

    private final Random random;
    private final Ledger ledger = new Ledger();
    private final List<Traveller> travellers = new ArrayList<>();
    private final List<Testament> testaments = new ArrayList<>();
    private final String[] settings;
    private TestBroker broker;
    private int crashes;
    private int lookers;
    /** Whether the broker may turn clients away: its store cannot write, or it is being stopped. */
    private boolean mayFail;
    /** Whether that ever happens. */
    private final boolean troubled;

    /** Whether queues are short, and who finds one full is refused. */
    private final boolean tight;

    private boolean away;
    /** How long nobody has asked for all to be committed, in milliseconds. */
    private long uncommitted;

    World(Random random, int clients) {
        this.random = random;
        this.troubled = random.nextInt(3) == 0;
        this.tight = random.nextInt(6) == 0;
        this.mayFail = tight;
        this.settings = new String[] {
            "maxQueueLength=" + (tight ? 1 + random.nextInt(5) : 0),
            "queueFull=" + (tight ? "refuse" : "dropOldest"),
            "maxQueueBytes=1000000000",
            "maxInflight=" + (1 + random.nextInt(8)),
            "maxOutputBytes=4096",
            "sendTimeoutSeconds=3600",
            "maxHeldBytes=1000000",
            "sharedSubscriptionStrategy=" + (random.nextBoolean() ? "round_robin" : "sticky")
        };
        HeapStore store = new HeapStore();
        this.broker = TestBroker.durable(store, 1 + random.nextInt(MOST_LOOPS), random, settings);
        for (int i = 0; i < clients; i++) {
            boolean v5 = random.nextInt(3) > 0;
            long expiry = v5 ? random.nextInt(4) == 0 ? 60 : 100_000 : EXPIRY_OF_OLDER;
            travellers.add(new Traveller(
                    this, "c" + i, v5 ? ProtocolVersion.MQTT_5 : ProtocolVersion.MQTT_3_1_1, expiry, interests()));
        }
    }

    private List<Interest> interests() {
        List<Interest> interests = new ArrayList<>();
        boolean exactly = random.nextBoolean();
        for (String filter : new String[] {"t/#", "t/+", "t/0", "$share/g/s/#", "r/#"}) {
            if (random.nextInt(5) < 3) {
                interests.add(new Interest(filter, exactly ? 2 : random.nextInt(10) == 0 ? 0 : 1 + random.nextInt(2)));
            }
        }
        return interests;
    }

    Ledger ledger() {
        return ledger;
    }

    boolean isInTrouble() {
        return mayFail;
    }

    int crashes() {
        return crashes;
    }

    long wallTime() {
        return broker.wallTime();
    }

    /** Something happened to a client that only a broker in trouble does. */
    void failed(String what) {
        ledger.tick(what);
        assertThat(mayFail).as("%s; %s", what, broker.endings()).isTrue();
    }

    // --- what happens ---

    void step() {
        Traveller one = travellers.get(random.nextInt(travellers.size()));
        switch (random.nextInt(32)) {
            case 0 -> {
                if (!one.isOffline()) {
                    one.lose();
                }
            }
            case 1 -> stallOrTakeOver(one);
            case 2 -> {
                if (one.isConnected() && random.nextInt(3) == 0) {
                    one.goodbye(one.version() == ProtocolVersion.MQTT_5 && random.nextInt(4) == 0);
                }
            }
            case 3, 4, 5, 6 -> broker.loops().step(1 + random.nextInt(20));
            case 7, 8 -> broker.settle();
            case 9, 10, 11, 12 -> broker.store().commitNext();
            case 13, 14 -> broker.commit();
            case 15 -> pass(random.nextInt(4) == 0 ? random.nextInt(40_000) : random.nextInt(2_000));
            case 16, 17, 18, 19, 20 -> one.work();
            case 21, 22 -> changeSubscriptions(one);
            case 23 -> {
                if (random.nextInt(8) == 0) {
                    crash();
                }
            }
            case 25 -> {
                if (troubled && random.nextInt(4) == 0) {
                    changeStore();
                }
            }
            case 24 -> {
                if (random.nextInt(40) == 0) {
                    stop();
                }
            }
            default -> {
                if (one.isOffline()) {
                    connect(one, random.nextInt(30) == 0);
                } else if (one.isConnected() && one.unacknowledged() < MOST_UNACKNOWLEDGED) {
                    publish(one);
                }
            }
        }
    }

    private void stallOrTakeOver(Traveller one) {
        if (one.isConnected() && random.nextInt(4) > 0) {
            one.stall(random.nextBoolean());
        } else if (one.isConnected()) {
            connect(one, false);
        }
    }

    private void connect(Traveller one, boolean clean) {
        Testament will = null;
        if (!clean && random.nextInt(3) == 0) {
            int delay = one.version() == ProtocolVersion.MQTT_5 && random.nextBoolean() ? 5 : 0;
            Sent message = ledger.send(Sent.WILL + one.id(), "t/will", 1 + random.nextInt(2), false, false);
            message.inTrouble = troubled;
            will = new Testament(ledger, message, delay);
            testaments.add(will);
        }
        one.connect(broker, clean, will);
    }

    private void publish(Traveller one) {
        int kind = random.nextInt(10);
        if (kind < 6) {
            one.publish("t/" + random.nextInt(2), random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(2), false, false);
        } else if (kind < 8) {
            one.publish("s/0", 1 + random.nextInt(2), false, false);
        } else {
            // One publisher and one quality of service for each retained topic: so the last one sent is the last.
            int qos = 1 + random.nextInt(2);
            one.publish("r/" + one.id() + "/" + qos, qos, true, random.nextInt(4) == 0);
        }
    }

    private void changeSubscriptions(Traveller one) {
        if (!one.isConnected() || one.interests().isEmpty()) {
            return;
        }
        Interest interest = one.interests().get(random.nextInt(one.interests().size()));
        if (one.isAsking(interest)) {
            return;
        }
        if (!interest.promised.isOpen()) {
            one.subscribe(interest);
        } else if (random.nextInt(4) == 0) {
            one.unsubscribe(interest);
        }
    }

    private void pass(long millis) {
        ledger.tick(millis + " ms pass");
        // A disk that takes seconds is a broken one; that is another story.
        for (long left = millis; left > 0; left -= SLICE_MILLIS) {
            broker.advance(Math.min(left, SLICE_MILLIS));
            travellers.forEach(Traveller::look);
            uncommitted += Math.min(left, SLICE_MILLIS);
            if (left > SLICE_MILLIS || uncommitted > 2 * SLICE_MILLIS) {
                broker.commit();
                uncommitted = 0;
            }
        }
        travellers.forEach(Traveller::mayHaveExpired);
    }

    /**
     * The process is killed: of what it had sent to its sockets clients still read some, of its commits some survive.
     */
    private void crash() {
        crashes++;
        for (Traveller one : travellers) {
            if (random.nextBoolean()) {
                one.work();
            }
        }
        ledger.crashed();
        next();
    }

    /** It is stopped as an operator does it. */
    private void stop() {
        ledger.tick("stop");
        mend();
        mayFail = true;
        travellers.forEach(Traveller::warned);
        var done = broker.broker().shutDown().toCompletableFuture();
        while (!done.isDone()) {
            broker.commit();
            broker.advance(2);
        }
        broker.commit();
        travellers.forEach(Traveller::work);
        next();
    }

    /** The disk is full and has room again, or the store's extension is updated. */
    private void changeStore() {
        mayFail = true;
        travellers.forEach(Traveller::warned);
        if (away || broker.store().state() != Store.State.READY) {
            mend();
        } else if (random.nextBoolean()) {
            ledger.tick("the store is full");
            broker.store().become(Store.State.FULL);
        } else {
            ledger.tick("the store goes");
            away = true;
            broker.takeStore(random);
        }
    }

    private void mend() {
        ledger.tick("the store is there again");
        if (away) {
            away = false;
            broker.giveStore();
        }
        broker.store().become(Store.State.READY);
    }

    private void next() {
        travellers.forEach(Traveller::crash);
        away = false;
        forgetWillsOfTrouble();
        mayFail = tight;
        long down = random.nextInt(4) == 0 ? random.nextInt(100_000) : random.nextInt(3_000);
        broker = broker.restartShuffled(random, down, 1 + random.nextInt(MOST_LOOPS), settings);
        ledger.tick("another broker, " + down + " ms later");
        travellers.forEach(Traveller::mayHaveExpired);
        if (random.nextInt(3) == 0) {
            lookAtRetained();
        }
    }

    // --- coming to rest ---

    /** Everyone connects and does what is left to do; then everything that was promised must be there. */
    void rest() {
        ledger.tick("rest");
        mend();
        travellers.stream().filter(Traveller::isConnected).forEach(one -> one.stall(false));
        int patience = mayFail ? MOST_PATIENCE : 0;
        boolean busy = true;
        while (busy) {
            busy = everyoneWorks();
            // What is held, or could not be read, is tried again in a while.
            if (!busy && (patience == MOST_PATIENCE || (patience > 0 && isAnyoneWaiting()))) {
                busy = true;
                patience--;
                pass(2 * SLICE_MILLIS);
            }
        }
        assertThat(travellers).allSatisfy(one -> {
            assertThat(one.isConnected()).as("%s is let in", one.id()).isTrue();
            assertThat(one.unacknowledged())
                    .as("messages of %s that were never acknowledged", one.id())
                    .isZero();
        });
        forgetWillsOfTrouble();
        testaments.forEach(will -> will.rest(wallTime()));
        mayFail = tight;
        Conservation.check(broker.broker());
        ledger.judge();
        lookAtRetained();
        pass(SLICE_MILLIS); // what an ended session has left behind is read in a while
        broker.commit();
        assertThat(check().sentences()).as("what a check of the store says").isEmpty();
    }

    private boolean everyoneWorks() {
        broker.commit();
        boolean busy = false;
        for (Traveller one : travellers) {
            if (one.isOffline()) {
                connect(one, false);
                busy = true;
            }
            busy |= one.work();
        }
        return busy;
    }

    private boolean isAnyoneWaiting() {
        return travellers.stream().anyMatch(one -> one.unacknowledged() > 0 || !one.isConnected());
    }

    /** Nobody can be told that there was no room for a will. */
    private void forgetWillsOfTrouble() {
        if (mayFail) {
            testaments.forEach(Testament::forget);
        }
    }

    private StorageCheck check() {
        try {
            return StoreCheck.of(broker.store(), () -> {});
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }

    private void lookAtRetained() {
        broker.commit();
        long asked = ledger.tick("somebody looks at what is retained");
        TestClient looker = broker.connection(ProtocolVersion.MQTT_5);
        looker.connect(ConnectRequest.v5("looker" + lookers++).build());
        looker.subscribe("r/#", 1);
        Map<String, String> found = new HashMap<>();
        List<Packet> came;
        while (!(came = looker.drain()).isEmpty()) {
            for (Packet packet : came) {
                if (packet instanceof Packet.Publish publish) {
                    found.put(publish.topic(), TestClient.text(publish));
                    looker.ack(io.marquetry.codec.PacketType.PUBACK, publish.packetId());
                }
            }
            broker.advance(10);
        }
        looker.disconnect();
        ledger.judgeRetained(found, asked);
    }

    /** The end: nobody is left, and nothing of them on disk. */
    void end() {
        HeapStore store = broker.store();
        broker.close();
        assertThat(store.state()).isEqualTo(Store.State.READY);
        for (Table table : Table.values()) {
            if (table != Table.META && table != Table.RETAINED) {
                assertThat(store.size(table))
                        .as("records left in table %s", table.label())
                        .isZero();
            }
        }
    }
}
