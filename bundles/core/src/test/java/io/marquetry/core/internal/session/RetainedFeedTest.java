// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.QoS;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetainedFeedTest extends BrokerTest {
    /** More nodes than one turn of the loop looks at. */
    private static final int MANY = 2 * Turns.WORK / 8;

    @Test
    void givenMoreThanATurnMaySend_whenSubscribed_thenTheRestComesInLaterTurns() {
        TestBroker broker = start();
        retain(broker, 3_000, "t/%d");

        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t/+", 0);
        int atOnce = subscriber.messages().size();
        broker.advance(1000);

        assertThat(atOnce).isPositive().isLessThanOrEqualTo(Turns.WORK / Turns.SEND);
        assertThat(subscriber.messages()).hasSize(3_000 - atOnce).doesNotHaveDuplicates();
        assertThat(broker.fate("retained")).isEqualTo(3_000);
    }

    @Test
    void givenManyNodesAndFewMatches_whenSubscribed_thenOneTurnDoesNotLookAtAllOfThem() {
        TestBroker broker = start();
        retain(broker, MANY, "t/%d/x");
        retain(broker, 1, "t/%d/y");

        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t/+/y", 0);
        List<String> atOnce = subscriber.messages();
        broker.advance(1);
        List<String> inTheNextTurn = subscriber.messages();
        broker.advance(1000);

        // The one may be found early, but not the end.
        assertThat(atOnce.size() + inTheNextTurn.size() + subscriber.messages().size())
                .isEqualTo(1);
        assertThat(atOnce.size()).isLessThanOrEqualTo(1);
    }

    @Test
    void givenManySearches_whenASmallOneComesBehindThem_thenItHasItsTurnBeforeTheyEnd() {
        TestBroker broker = start();
        retain(broker, MANY, "t/%d/x");
        retain(broker, 1, "u/%d");
        for (int i = 0; i < 20; i++) {
            broker.connection(V5).connect("big" + i).subscribe("t/+/y", 0);
        }
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("u/+", 0);

        // Every session in front of it has had its share once then.
        broker.advance(20 * Turns.SHARE / Turns.WORK + 1);

        assertThat(subscriber.messages()).containsExactly("0");
    }

    @Test
    void givenStalledClient_whenItReadsAgain_thenTheSearchGoesOn() {
        TestBroker broker = start("maxOutputBytes=4096");
        retain(broker, 300, "t/%d/" + "x".repeat(100));
        TestClient subscriber = broker.connection(V5).connect("sub");
        subscriber.wire().stall();

        subscriber.send(new Packet.Subscribe(
                7, List.of(new Packet.Subscribe.Request("t/#", QoS.AT_MOST_ONCE, false, false, 0)), Properties.NONE));
        broker.advance(100);
        long whileStalled = broker.fate("retained");
        subscriber.wire().unstall();
        broker.advance(100);
        subscriber.next(Packet.SubAck.class);

        assertThat(whileStalled).isLessThan(300);
        assertThat(subscriber.messages()).hasSize(300);
    }

    @Test
    void givenMessageThatWaitsForTheWindow_whenItIsReplaced_thenOnlyTheNewOneComes() {
        TestBroker broker = start("maxInflight=1");
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("t/1", "old", 1, 1, true).publish("t/2", "old", 1, 2, true);
        broker.settle();
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t/+", 1);
        Packet.Publish first = subscriber.next(Packet.Publish.class);
        String other = first.topic().equals("t/1") ? "t/2" : "t/1";

        publisher.publish(other, "new", 1, 3, true);
        broker.settle();
        subscriber.ack(PacketType.PUBACK, 1);
        List<String> then = subscriber.messages();
        subscriber.ack(PacketType.PUBACK, 2);

        assertThat(then).containsExactly("new");
        assertThat(subscriber.messages()).isEmpty();
    }

    @Test // [MQTT-3.10.4-2]
    void givenSearchUnderWay_whenUnsubscribed_thenNothingMoreComes() {
        TestBroker broker = start("maxInflight=2");
        retain(broker, 10, "t/%d");
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t/+", 1);
        int before = subscriber.messages().size();

        subscriber.send(new Packet.Unsubscribe(9, List.of("t/+"), Properties.NONE));
        broker.settle();
        subscriber.next(Packet.UnsubAck.class);
        subscriber.ack(PacketType.PUBACK, 1).ack(PacketType.PUBACK, 2);

        assertThat(before).isEqualTo(2);
        assertThat(subscriber.messages()).isEmpty();
    }

    @Test // [MQTT-3.3.1-9]
    void givenSearchUnderWay_whenSubscribedAgain_thenItBeginsAgainAndOnceOnly() {
        TestBroker broker = start("maxInflight=2");
        retain(broker, 4, "t/%d");
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t/+", 1);
        for (int i = 0; i < 1000; i++) {
            subscriber.subscribe("t/+", 1);
        }

        int messages = 0;
        for (int id = 1; id <= 20; id++) {
            messages += subscriber.messages().size();
            subscriber.ack(PacketType.PUBACK, id);
        }

        assertThat(messages).isEqualTo(2 + 4);
    }

    private static void retain(TestBroker broker, int count, String topics) {
        TestClient publisher = broker.connection(V5).connect("pub" + topics.hashCode());
        IntStream.range(0, count)
                .forEach(i -> publisher.publish(topics.formatted(i), String.valueOf(i), 1, i % 60_000 + 1, true));
        publisher.disconnect();
        broker.settle();
    }
}
