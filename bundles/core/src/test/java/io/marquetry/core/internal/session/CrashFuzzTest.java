// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.store.Table;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.HeapStore;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A broker that is killed again and again while a publisher and some subscribers, who remember what the specification
 * wants them to, go on as if it were one. A failure names its seed.
 */
class CrashFuzzTest extends BrokerTest {
    private static final String[] KEYS = {"maxInflight=3"};
    private Random random = new Random(0);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void givenBrokerThatIsKilledAgainAndAgain_whenAllHasSettled_thenNothingAcknowledgedIsLostOrDoubled(long seed) {
        random = new Random(seed);
        int loops = 1 + random.nextInt(3);
        TestBroker broker = startDurable(new HeapStore(), loops, KEYS);
        List<Sub> subs = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            subs.add(new Sub("sub" + i, 1 + i % 2));
        }
        for (Sub sub : subs) {
            sub.connect(broker).subscribe("t", sub.qos);
        }
        Pub pub = new Pub();
        broker.commit();
        pub.connect(broker);
        for (int step = 0; step < 400; step++) {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> pub.publish();
                case 4 -> pub.look();
                case 5, 6 -> subs.get(random.nextInt(4)).look();
                case 7 -> broker.settle();
                case 8 -> {
                    broker.settle();
                    broker.store().commitNext();
                }
                case 9 -> {
                    Sub sub = subs.get(random.nextInt(4));
                    if (sub.client == null) {
                        sub.connect(broker);
                    } else {
                        sub.leave();
                    }
                }
                case 10 -> broker.commit();
                default -> {
                    if (random.nextInt(4) == 0) {
                        subs.forEach(Sub::gone);
                        broker = restart(0, 1 + random.nextInt(3), KEYS);
                        pub.connect(broker);
                    }
                }
            }
        }
        for (int round = 0; round < 300; round++) {
            broker.commit();
            pub.look();
            for (Sub sub : subs) {
                if (sub.client == null) {
                    sub.connect(broker);
                }
                sub.look();
            }
        }
        broker.commit();
        for (Table table : List.of(Table.QUEUE, Table.MESSAGE, Table.INBOX)) {
            assertThat(broker.store().size(table))
                    .as("seed %d: what is left in %s", seed, table.label())
                    .isZero();
        }
        assertThat(pub.open).as("seed %d: what was never acknowledged", seed).isEmpty();
        for (Sub sub : subs) {
            Set<Integer> first = new LinkedHashSet<>(sub.got);
            assertThat(first).as("seed %d: what %s got", seed, sub.id).containsAll(pub.acknowledged);
            first.removeAll(pub.again); // what was sent again has no place of its own any more
            assertThat(new ArrayList<>(first))
                    .as("seed %d: the order of %s", seed, sub.id)
                    .isSorted();
            for (int twos : pub.exactlyOnce) {
                if (sub.qos == 2) {
                    assertThat(Collections.frequency(sub.got, twos))
                            .as("seed %d: how often %s got %d", seed, sub.id, twos)
                            .isEqualTo(1);
                }
            }
        }
    }

    /** A subscriber that remembers the identifiers of QoS 2 messages. */
    private static final class Sub {
        final String id;
        final int qos;
        final List<Integer> got = new ArrayList<>();
        final Set<Integer> unreleased = new HashSet<>();
        TestClient client;

        Sub(String id, int qos) {
            this.id = id;
            this.qos = qos;
        }

        TestClient connect(TestBroker broker) {
            client = broker.connection(V5);
            client.tryConnect(ConnectRequest.v5(id).resume(100_000).build());
            return client;
        }

        void leave() {
            client.hangUp();
            client = null;
        }

        void gone() {
            client = null;
        }

        void look() {
            if (client == null) {
                return;
            }
            for (Packet packet : client.drain()) {
                if (packet instanceof Packet.Publish publish) {
                    int number = Integer.parseInt(TestClient.text(publish).split(":", 2)[0]);
                    if (publish.qos() == QoS.AT_LEAST_ONCE) {
                        got.add(number);
                        client.ack(PacketType.PUBACK, publish.packetId());
                    } else {
                        if (unreleased.add(publish.packetId())) {
                            got.add(number);
                        }
                        client.ack(PacketType.PUBREC, publish.packetId());
                    }
                } else if (packet instanceof Packet.Ack ack && ack.type() == PacketType.PUBREL) {
                    unreleased.remove(ack.packetId());
                    client.ack(PacketType.PUBCOMP, ack.packetId());
                }
            }
        }
    }

    /** A publisher that sends again what was not acknowledged. */
    private final class Pub {
        /** What is not acknowledged, by packet identifier; negative once PUBREC has come. */
        final Map<Integer, int[]> open = new LinkedHashMap<>();

        final Set<Integer> acknowledged = new HashSet<>();
        final Set<Integer> exactlyOnce = new HashSet<>();
        final Set<Integer> again = new HashSet<>();
        TestClient client;
        int number;

        void connect(TestBroker broker) {
            client = broker.connection(V5);
            client.tryConnect(ConnectRequest.v5("pub").resume(100_000).build());
            open.forEach((id, it) -> {
                if (it[2] == 1) {
                    client.ack(PacketType.PUBREL, id);
                } else {
                    again.add(it[0]);
                    send(id, it[0], it[1], true);
                }
            });
        }

        void publish() {
            if (open.size() < 20) {
                int qos = 1 + random.nextInt(2);
                int its = ++number;
                open.put(its, new int[] {its, qos, 0});
                send(its, its, qos, false);
            }
        }

        private void send(int id, int payload, int qos, boolean dup) {
            String text = payload + ":" + (payload % 3 == 0 ? "shared".repeat(50) : "");
            client.send(new Packet.Publish(
                    dup, QoS.of(qos), false, "t", id, text.getBytes(StandardCharsets.UTF_8), Properties.NONE));
        }

        void look() {
            for (Packet packet : client.drain()) {
                if (packet instanceof Packet.Ack ack) {
                    int[] it = open.get(ack.packetId());
                    if (ack.type() == PacketType.PUBACK) {
                        acknowledged.add(it[0]);
                        open.remove(ack.packetId());
                    } else if (ack.type() == PacketType.PUBREC) {
                        acknowledged.add(it[0]);
                        exactlyOnce.add(it[0]);
                        it[2] = 1;
                        client.ack(PacketType.PUBREL, ack.packetId());
                    } else if (ack.type() == PacketType.PUBCOMP) {
                        open.remove(ack.packetId());
                    }
                }
            }
        }
    }
}
