// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.disconnect;
import static io.marquetry.itests.support.Packets.publish;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Publish;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.1 CONNECT: the will. */
class Chapter31WillTest extends V5Test {
    private Probe watcher() {
        var watcher = client("watcher");
        watcher.subscribe(topic("will"), 2 | io.marquetry.itests.support.SubscribePacket.RETAIN_AS_PUBLISHED);
        return watcher;
    }

    @ParameterizedTest // [MQTT-3.1.2-7] [MQTT-3.1.2-8]
    @ValueSource(ints = {0, 1, 2})
    void givenClientWithWill_whenItDies_thenTheWillIsPublishedWithItsQos(int qos) {
        var watcher = watcher();
        var client = client(connect(id("dies")).will(topic("will"), "gone", qos, false));

        client.drop();

        assertThat(watcher.expectPublish(topic("will"), "gone").qos()).isEqualTo(qos);
    }

    @Test // [MQTT-3.1.2-8]
    void givenClientWithWill_whenItBreaksTheProtocol_thenTheWillIsPublished() {
        var watcher = watcher();
        var client = client(connect(id("breaks")).will(topic("will"), "gone", 1, false));

        client.send(connect(id("breaks")));
        client.expectRefusal(0x82);

        watcher.expectPublish(topic("will"), "gone");
    }

    @Test // [MQTT-3.1.2-8]
    void givenClientWithWill_whenKeepAliveEnds_thenTheWillIsPublished() {
        var watcher = watcher();
        client(connect(id("silent")).keepAlive(1).will(topic("will"), "gone", 1, false));

        assertThat(watcher.expect(Publish.class, Duration.ofSeconds(8)).text()).isEqualTo("gone");
    }

    @Test // [MQTT-3.1.2-8]
    void givenClientWithWill_whenItDisconnectsWithWillMessage_thenTheWillIsPublished() {
        var watcher = watcher();
        var client = client(connect(id("asks")).will(topic("will"), "gone", 1, false));

        client.disconnect(disconnect(0x04));

        watcher.expectPublish(topic("will"), "gone");
    }

    @Test // [MQTT-3.1.2-8]
    void givenClientWithWill_whenItIsTakenOver_thenTheWillIsPublished() {
        var watcher = watcher();
        client(connect(id("over")).will(topic("will"), "gone", 1, false));

        client(connect(id("over")));

        watcher.expectPublish(topic("will"), "gone");
    }

    @Test // [MQTT-3.1.2-10]
    void givenClientWithWill_whenItDisconnectsNormally_thenTheWillIsRemoved() {
        var watcher = watcher();
        var client = client(connect(id("normal")).will(topic("will"), "gone", 1, false));

        client.disconnect();

        watcher.publish(topic("will"), "end", 1);
        watcher.expectPublish(topic("will"), "end");
    }

    @Test // [MQTT-3.1.2-10]
    void givenWillWasPublished_whenClientReturnsAndLeaves_thenItIsNotPublishedAgain() {
        var watcher = watcher();
        client(connect(id("once")).lasting(60).will(topic("will"), "gone", 1, false))
                .drop();
        watcher.acknowledge(watcher.expectPublish(topic("will"), "gone"));

        client(connect(id("once")).lasting(60)).drop();

        watcher.publish(topic("will"), "end", 1);
        watcher.expectPublish(topic("will"), "end");
    }

    @Test // [MQTT-3.1.2-14]
    void givenWillWithoutRetain_whenPublished_thenItIsNotRetained() {
        var watcher = watcher();
        client(connect(id("plain")).will(topic("will"), "gone", 1, false)).drop();
        assertThat(watcher.expectPublish(topic("will"), "gone").retain()).isFalse();

        var late = client("late");
        late.subscribe(topic("will"), 1);

        late.expectNothing();
    }

    @Test // [MQTT-3.1.2-15]
    void givenWillWithRetain_whenPublished_thenItIsRetained() {
        var watcher = watcher();
        client(connect(id("retained")).will(topic("will"), "gone", 1, true)).drop();
        assertThat(watcher.expectPublish(topic("will"), "gone").retain()).isTrue();

        var late = client("late");
        late.subscribe(topic("will"), 1);

        assertThat(late.expectPublish(topic("will"), "gone").retain()).isTrue();
        late.publish(publish(topic("will"), "").retain());
    }

    @Test // [MQTT-3.1.3-9]
    void givenWillDelay_whenClientReturnsInTime_thenTheWillIsNotPublished() {
        var watcher = watcher();
        client(connect(id("back"))
                        .lasting(60)
                        .will(topic("will"), "gone", 1, false, Props.with(Property.WILL_DELAY, 1)))
                .drop();

        client(connect(id("back")).lasting(60));

        assertThat(watcher.isClosedWithin(Duration.ofMillis(1800))).isFalse();
        watcher.expectNothing();
    }

    @Test // 3.1.3.2.2
    void givenWillDelay_whenClientStaysAway_thenTheWillIsPublishedAfterTheDelay() {
        var watcher = watcher();
        var client = client(connect(id("away"))
                .lasting(60)
                .will(topic("will"), "gone", 1, false, Props.with(Property.WILL_DELAY, 1)));
        long start = System.nanoTime();

        client.drop();

        assertThat(watcher.expect(Publish.class, Duration.ofSeconds(8)).text()).isEqualTo("gone");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(900));
    }

    @Test // 3.1.3.2.2: the earlier of delay and session end
    void givenLongWillDelay_whenTheSessionEndsFirst_thenTheWillIsPublishedThen() {
        var watcher = watcher();

        client(connect(id("short")).will(topic("will"), "gone", 1, false, Props.with(Property.WILL_DELAY, 3600)))
                .drop();

        watcher.expectPublish(topic("will"), "gone");
    }

    @Test // 3.1.3.2.2: a Clean Start ends the old session
    void givenLongWillDelay_whenClientReturnsWithCleanStart_thenTheWillIsPublished() {
        var watcher = watcher();
        client(connect(id("fresh"))
                        .lasting(60)
                        .will(topic("will"), "gone", 1, false, Props.with(Property.WILL_DELAY, 3600)))
                .drop();

        client(connect(id("fresh")));

        watcher.expectPublish(topic("will"), "gone");
    }

    @Test // [MQTT-3.1.3-10]
    void givenWillWithUserProperties_whenPublished_thenTheirOrderIsKept() {
        var watcher = watcher();
        Props props = Props.user("b", "1").andUser("a", "2").andUser("b", "3");

        client(connect(id("ordered")).will(topic("will"), "gone", 1, false, props))
                .drop();

        assertThat(watcher.expectPublish(topic("will"), "gone").props().users()).containsExactly("b=1", "a=2", "b=3");
    }

    @Test // 3.1.3.2: properties of the will arrive with it
    void givenWillWithProperties_whenPublished_thenTheyArrive() {
        var watcher = watcher();
        Props props = Props.with(Property.PAYLOAD_FORMAT, 1)
                .and(Property.CONTENT_TYPE, "text/plain")
                .and(Property.RESPONSE_TOPIC, "answers/here")
                .and(Property.CORRELATION_DATA, new byte[] {1, 2, 3})
                .and(Property.MESSAGE_EXPIRY, 100);

        client(connect(id("rich")).will(topic("will"), "gone", 1, false, props)).drop();

        Props arrived = watcher.expectPublish(topic("will"), "gone").props();
        assertThat(arrived.number(Property.PAYLOAD_FORMAT)).contains(1L);
        assertThat(arrived.text(Property.CONTENT_TYPE)).contains("text/plain");
        assertThat(arrived.text(Property.RESPONSE_TOPIC)).contains("answers/here");
        assertThat(arrived.binary(Property.CORRELATION_DATA)).containsExactly(1, 2, 3);
        assertThat(arrived.number(Property.MESSAGE_EXPIRY))
                .hasValueSatisfying(left -> assertThat(left).isBetween(98L, 100L));
        assertThat(arrived.has(Property.WILL_DELAY)).isFalse();
    }
}
