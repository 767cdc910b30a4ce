// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.pingreq;
import static io.marquetry.itests.support.Packets.puback;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.pubrec;
import static io.marquetry.itests.support.Packets.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.marquetry.itests.support.Outgoing;
import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Pingresp;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Pubrel;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** 4.9 Flow control, 4.10 Request and response, 4.13 Handling errors. */
class Chapter49To413Test extends V5Test {
    @Test // [MQTT-4.9.0-1] [MQTT-4.9.0-2]
    void givenReceiveMaximum3_whenManyMessagesWait_thenThreeAreInFlight() {
        var client = client(connect(id("quota")).props(Props.with(Property.RECEIVE_MAXIMUM, 3)));
        client.subscribe(topic("a"), 1);
        var publisher = client("publisher");
        for (int i = 0; i < 9; i++) {
            publisher.publish(topic("a"), "m" + i, 1);
        }

        for (int round = 0; round < 3; round++) {
            Publish[] batch = new Publish[3];
            for (int i = 0; i < 3; i++) {
                batch[i] = client.expectPublish(topic("a"), "m" + (3 * round + i));
            }
            client.expectNothing();
            for (Publish publish : batch) {
                client.acknowledge(publish);
            }
        }
        client.expectNothing();
    }

    @Test // [MQTT-4.9.0-2]
    void givenQos2AfterPubrec_whenNoPubcompCame_thenTheQuotaIsStillTaken() {
        var client = client(connect(id("rec")).props(Props.with(Property.RECEIVE_MAXIMUM, 1)));
        client.subscribe(topic("a"), 2);
        var publisher = client("publisher");
        publisher.publish(topic("a"), "m0", 2);
        publisher.publish(topic("a"), "m1", 2);
        int id = client.expectPublish(topic("a"), "m0").id();

        client.send(pubrec(id)).expect(Pubrel.class);
        client.expectNothing();
        client.send(io.marquetry.itests.support.Packets.pubcomp(id));

        client.expectPublish(topic("a"), "m1");
    }

    @Test // [MQTT-4.9.0-2]
    void givenFailedAcknowledgements_whenSent_thenTheQuotaIsFreeAgain() {
        var client = client(connect(id("failed")).props(Props.with(Property.RECEIVE_MAXIMUM, 1)));
        client.subscribe(topic("a"), 2);
        var publisher = client("publisher");
        publisher.publish(topic("a"), "m0", 2);
        publisher.publish(topic("a"), "m1", 1);
        publisher.publish(topic("a"), "m2", 1);

        client.send(pubrec(client.expectPublish(topic("a"), "m0").id()).reason(0x80));
        client.send(puback(client.expectPublish(topic("a"), "m1").id()).reason(0x80));

        client.expectPublish(topic("a"), "m2");
    }

    @Test // [MQTT-4.9.0-3]
    void givenNoQuota_whenOtherPacketsCome_thenTheyAreAnswered() {
        var client = client(connect(id("noquota")).props(Props.with(Property.RECEIVE_MAXIMUM, 1)));
        client.subscribe(topic("a"), 1);
        var publisher = client("publisher");
        publisher.publish(topic("a"), "m0", 1);
        publisher.publish(topic("a"), "m1", 1);
        client.expectPublish(topic("a"), "m0");

        assertThat(client.subscribe(topic("b"), 1)).isEqualTo(1);
        assertThat(client.unsubscribe(topic("b")).codes()).containsExactly(0);
        assertThat(client.publish(topic("c"), "x", 2)).isLessThan(0x80);
        client.send(pingreq()).expect(Pingresp.class);
    }

    @Test // 4.10: request and response through Response Topic and Correlation Data
    void givenRequesterAndResponder_whenTheyTalk_thenTheAnswerFindsItsRequest() {
        var requester = client("requester");
        requester.subscribe(topic("answers"), 1);
        var responder = client("responder");
        responder.subscribe(topic("requests"), 1);

        requester.publish(publish(topic("requests"), "question")
                .qos(1)
                .props(Props.with(Property.RESPONSE_TOPIC, topic("answers"))
                        .and(Property.CORRELATION_DATA, new byte[] {42})));
        Props request = responder.expectPublish(topic("requests"), "question").props();
        responder.publish(publish(request.text(Property.RESPONSE_TOPIC).orElseThrow(), "answer")
                .qos(1)
                .props(Props.with(Property.CORRELATION_DATA, request.binary(Property.CORRELATION_DATA))));

        assertThat(requester.expectPublish(topic("answers"), "answer").props().binary(Property.CORRELATION_DATA))
                .containsExactly(42);
    }

    static Stream<Arguments> errors() {
        return Stream.of(
                arguments("malformed packet", 0x81, publish("a", "x").firstByte(0x36)),
                arguments(
                        "protocol error", 0x82, subscribe(1).to("a", 0).props(Props.with(Property.SUBSCRIPTION_ID, 0))),
                arguments("second CONNECT", 0x82, connect("second")),
                arguments("alias 0", 0x94, publish("a", "x").props(Props.with(Property.TOPIC_ALIAS, 0))));
    }

    @ParameterizedTest(name = "{0}") // [MQTT-4.13.1-1] [MQTT-4.13.2-1]
    @MethodSource("errors")
    void givenClient_whenItErrs_thenDisconnectNamesTheReasonAndTheConnectionIsClosed(
            String name, int reason, Outgoing<?> packet) {
        var client = client("errs");

        client.send(packet);

        client.expectRefusal(reason);
    }

    @ParameterizedTest(name = "{0}") // [MQTT-4.13.1-1]
    @MethodSource("errors")
    void givenOneClientErrs_whenItIsClosed_thenOthersAreNotTouched(String name, int reason, Outgoing<?> packet) {
        var other = client("other");
        other.subscribe(topic("a"), 1);
        var client = client("errs");

        client.send(packet);
        client.expectRefusal(reason);

        client("publisher").publish(topic("a"), "x", 1);
        other.expectPublish(topic("a"), "x");
    }
}
