// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.puback;
import static io.marquetry.itests.support.Packets.pubcomp;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.pubrec;
import static io.marquetry.itests.support.Packets.pubrel;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Received.Pubcomp;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Pubrec;
import io.marquetry.itests.support.Received.Pubrel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.4 PUBACK, 3.5 PUBREC, 3.6 PUBREL, 3.7 PUBCOMP. */
class Chapter34To37AcknowledgementsTest extends V5Test {
    private static final Props CHATTY = Props.user("k", "v").and(Property.REASON_STRING, "because");

    @Test // [MQTT-3.4.2-1] [MQTT-3.5.2-1]
    void givenNoSubscriber_whenPublished_thenReasonIsSuccessOrNoMatchingSubscribers() {
        var client = client("nobody");

        assertThat(client.publish(topic("a"), "x", 1)).isIn(0x00, 0x10);
        assertThat(client.publish(topic("a"), "x", 2)).isIn(0x00, 0x10);
    }

    @Test // [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.7.2-1]
    void givenSubscriber_whenPublished_thenReasonIsSuccess() {
        client("subscriber").subscribe(topic("a"), 0);
        var client = client("publisher");

        assertThat(client.publish(topic("a"), "x", 1)).isZero();
        client.send(publish(topic("a"), "x").qos(2).id(9));
        assertThat(client.expect(Pubrec.class).code()).isZero();
        client.send(pubrel(9));
        assertThat(client.expect(Pubcomp.class).code()).isZero();
    }

    @ParameterizedTest // [MQTT-3.4.2-1]
    @ValueSource(ints = {0x01, 0x18, 0x7F, 0x92, 0xFF})
    void givenMessage_whenPubackHasAnotherReason_thenRefused(int reason) {
        Probe client = withMessage(1);

        client.send(puback(client.expect(Publish.class).id()).reason(reason));

        client.expectRefusal(0x81, 0x82);
    }

    @ParameterizedTest // [MQTT-3.5.2-1]
    @ValueSource(ints = {0x01, 0x92, 0xFF})
    void givenMessage_whenPubrecHasAnotherReason_thenRefused(int reason) {
        Probe client = withMessage(2);

        client.send(pubrec(client.expect(Publish.class).id()).reason(reason));

        client.expectRefusal(0x81, 0x82);
    }

    @ParameterizedTest // [MQTT-3.6.2-1]
    @ValueSource(ints = {0x01, 0x10, 0x80})
    void givenMessage_whenPubrelHasAnotherReason_thenRefused(int reason) {
        var client = client("rel");
        client.send(publish(topic("a"), "x").qos(2).id(3)).expect(Pubrec.class);

        client.send(pubrel(3).reason(reason));

        client.expectRefusal(0x81, 0x82);
    }

    @ParameterizedTest // [MQTT-3.7.2-1]
    @ValueSource(ints = {0x01, 0x10, 0x80})
    void givenMessage_whenPubcompHasAnotherReason_thenRefused(int reason) {
        Probe client = withMessage(2);
        int id = client.expect(Publish.class).id();
        client.send(pubrec(id)).expect(Pubrel.class);

        client.send(pubcomp(id).reason(reason));

        client.expectRefusal(0x81, 0x82);
    }

    private Probe withMessage(int qos) {
        var client = client("reasons");
        client.subscribe(topic("a"), qos);
        client("publisher").publish(topic("a"), "x", qos);
        return client;
    }

    @Test // [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-2] [MQTT-3.6.2-3] [MQTT-3.7.2-2]
    // [MQTT-3.7.2-3]
    void givenSmallMaximumPacketSize_whenAcknowledged_thenNoAnswerIsLarger() {
        var client = client(connect(id("s")).props(Props.with(Property.MAXIMUM_PACKET_SIZE, 60)));
        client.subscribe(topic("a"), 2);

        client.send(publish(topic("none"), "x").qos(1).id(1)).expect(Puback.class);
        client.send(publish(topic("a"), "x").qos(2).id(2));
        client.await(Pubrec.class);
        client.send(pubrel(2));
        client.await(Pubcomp.class);
        client.send(pubrel(77));
        client.await(Pubcomp.class);
        client.acknowledge(client.await(Publish.class));

        assertThat(client.largestPacket()).isLessThanOrEqualTo(60);
    }

    @Test // [MQTT-3.6.1-1]
    void givenQos2_whenServerReleases_thenTheFlagsOfPubrelAre0010() {
        var client = client("flags");
        client.subscribe(topic("a"), 2);
        client.publish(topic("a"), "x", 2);

        client.send(pubrec(client.expect(Publish.class).id()));

        // The probe fails on any other flags.
        client.expect(Pubrel.class);
    }

    @ParameterizedTest // [MQTT-3.6.1-1]
    @ValueSource(ints = {0x60, 0x61, 0x63, 0x66, 0x6F})
    void givenClient_whenPubrelHasOtherFlags_thenMalformedPacket(int firstByte) {
        var client = client("flags");
        client.send(publish(topic("a"), "x").qos(2).id(1)).expect(Pubrec.class);

        client.send(pubrel(1).firstByte(firstByte));

        client.expectRefusal(0x81);
    }

    @Test // 3.7.2.1: PUBREL for an identifier that is not known
    void givenClient_whenUnknownPubrelComes_thenPubcompSaysIdentifierNotFound() {
        var client = client("unknown");

        client.send(pubrel(4711));

        Pubcomp pubcomp = client.expect(Pubcomp.class);
        assertThat(pubcomp.id()).isEqualTo(4711);
        assertThat(pubcomp.code()).isEqualTo(0x92);
    }

    @Test // 3.6.2.1: PUBREC for an identifier that is not known
    void givenClient_whenUnknownPubrecComes_thenPubrelSaysIdentifierNotFound() {
        var client = client("unknown");

        client.send(pubrec(4711));

        Pubrel pubrel = client.expect(Pubrel.class);
        assertThat(pubrel.id()).isEqualTo(4711);
        assertThat(pubrel.code()).isEqualTo(0x92);
    }

    @Test // 3.4, 3.7: an acknowledgement that nobody waits for does no harm
    void givenClient_whenUnknownPubackOrPubcompComes_thenItStaysConnected() {
        var client = client("unknown");

        client.send(puback(4711)).send(pubcomp(4712));

        client.expectNothing();
    }

    @Test // 3.4.2.2, 3.5.2.2, 3.6.2.2, 3.7.2.2: a client may explain itself
    void givenClient_whenAcknowledgementsHaveProperties_thenTheyAreAccepted() {
        var client = client("chatty");
        client.subscribe(topic("a"), 2);
        client.publish(topic("a"), "one", 1);
        client.send(
                puback(client.expectPublish(topic("a"), "one").id()).reason(0).props(CHATTY));
        client.publish(topic("a"), "two", 2);
        int id = client.expectPublish(topic("a"), "two").id();

        client.send(pubrec(id).reason(0).props(CHATTY)).expect(Pubrel.class);
        client.send(pubcomp(id).reason(0).props(CHATTY));
        client.send(publish(topic("b"), "x").qos(2).id(900)).expect(Pubrec.class);
        client.send(pubrel(900).reason(0).props(CHATTY)).expect(Pubcomp.class);

        client.expectNothing();
    }
}
