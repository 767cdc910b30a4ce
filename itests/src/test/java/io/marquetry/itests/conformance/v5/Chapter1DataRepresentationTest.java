// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Bytes.hex;
import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.subscribe;
import static io.marquetry.itests.support.Packets.unsubscribe;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Publish;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 1.5 Data representation. */
class Chapter1DataRepresentationTest extends V5Test {
    /**
     * A surrogate, a high and a low one, overlong forms of two and three bytes, a lone continuation, too high, cut off.
     */
    private static final String SURROGATE = "61EDA080";

    private static final String LOW_SURROGATE = "61EDBFBF";
    private static final String OVERLONG_SLASH = "61C0AF";
    private static final String OVERLONG_THREE = "61E0809F";
    private static final String CONTINUATION = "6180";
    private static final String TOO_HIGH = "61F4908080";
    private static final String CUT_OFF = "61E282";
    private static final String NULL = "610062";

    @ParameterizedTest // [MQTT-1.5.4-1]
    @ValueSource(strings = {SURROGATE, LOW_SURROGATE, OVERLONG_SLASH, OVERLONG_THREE, CONTINUATION, TOO_HIGH, CUT_OFF})
    void givenClient_whenTopicNameIsNotUtf8_thenMalformedPacket(String text) {
        var client = client("badtopic");

        client.send(publish("", "payload").topicBytes(hex(text)));

        client.expectRefusal(0x81);
    }

    @ParameterizedTest // [MQTT-1.5.4-1]
    @ValueSource(strings = {SURROGATE, LOW_SURROGATE, OVERLONG_SLASH, OVERLONG_THREE, CONTINUATION, TOO_HIGH, CUT_OFF})
    void givenClient_whenTopicFilterIsNotUtf8_thenMalformedPacket(String text) {
        var client = client("badfilter");

        client.send(subscribe(1).toBytes(hex(text), 0));

        client.expectRefusal(0x81);
    }

    @ParameterizedTest // [MQTT-1.5.4-1]
    @ValueSource(strings = {SURROGATE, LOW_SURROGATE, OVERLONG_SLASH, OVERLONG_THREE, CONTINUATION, TOO_HIGH, CUT_OFF})
    void givenConnection_whenClientIdentifierIsNotUtf8_thenConnectIsRefused(String text) {
        var probe = open();

        probe.send(connect("").clientIdBytes(hex(text)));

        probe.expectConnectRefused(0x81, 0x85);
    }

    @Test // [MQTT-1.5.4-2]
    void givenClient_whenTopicNameHasNull_thenMalformedPacket() {
        var client = client("nulltopic");

        client.send(publish("", "payload").topicBytes(hex(NULL)));

        client.expectRefusal(0x81);
    }

    @Test // [MQTT-1.5.4-2]
    void givenClient_whenTopicFilterHasNull_thenMalformedPacket() {
        var client = client("nullfilter");

        client.send(subscribe(1).toBytes(hex(NULL), 0));

        client.expectRefusal(0x81);
    }

    @Test // [MQTT-1.5.4-2]
    void givenClient_whenFilterToUnsubscribeHasNull_thenMalformedPacket() {
        var client = client("nullunsub");

        client.send(unsubscribe(1, "a\u0000b"));

        client.expectRefusal(0x81);
    }

    @Test // [MQTT-1.5.4-2]
    void givenConnection_whenClientIdentifierHasNull_thenConnectIsRefused() {
        var probe = open();

        probe.send(connect("").clientIdBytes(hex(NULL)));

        probe.expectConnectRefused(0x81, 0x85);
    }

    @Test // [MQTT-1.5.4-3]
    void givenTopicWithByteOrderMark_whenPublished_thenItArrivesWithTheMark() {
        String marked = topic("\uFEFFa\uFEFF");
        var client = client("bom");
        client.subscribe(topic("#"), 0);

        client.publish(marked, "payload", 0);

        assertThat(client.expect(Publish.class).topic()).isEqualTo(marked);
    }

    @Test // [MQTT-1.5.4-3]
    void givenFilterWithByteOrderMark_whenPublishedWithout_thenNoMatch() {
        var client = client("bom");
        client.subscribe(topic("\uFEFFa"), 0);

        client.publish(topic("a"), "payload", 0);

        client.expectNothing();
    }

    @ParameterizedTest // [MQTT-1.5.5-1]
    @ValueSource(ints = {0, 1, 100, 127, 128, 16_383, 16_384, 70_000})
    void givenPayloadOfAnySize_whenDelivered_thenRemainingLengthIsMinimal(int size) {
        var client = client("sizes");
        client.subscribe(topic("size"), 0);

        client.publish(topic("size"), "x".repeat(size), 0);

        // The probe fails on a Variable Byte Integer that is longer than needed.
        assertThat(client.expect(Publish.class).payload()).hasSize(size);
    }

    @Test // [MQTT-1.5.5-1]
    void givenMoreThan127BytesOfProperties_whenDelivered_thenPropertyLengthIsMinimal() {
        var client = client("props");
        client.subscribe(topic("props"), 0);

        client.publish(publish(topic("props"), "payload").props(Props.user("name", "v".repeat(200))));

        assertThat(client.expect(Publish.class).props().users()).containsExactly("name=" + "v".repeat(200));
    }

    @ParameterizedTest // 1.5.5: at most four bytes
    @ValueSource(strings = {"30FFFFFFFF01", "30FFFFFFFF7F", "C08080808000", "E08080808001"})
    void givenClient_whenRemainingLengthHasFiveBytes_thenMalformedPacket(String packet) {
        var client = client("giant");

        client.sendBytes(hex(packet));

        client.expectRefusal(0x81, 0x95);
    }

    @ParameterizedTest // [MQTT-1.5.5-1]
    @ValueSource(strings = {"C08000", "C0808000", "C080808000", "3086000001618000", "3006000161800078"})
    void givenClient_whenVariableByteIntegerIsLongerThanNeeded_thenMalformedPacket(String packet) {
        var client = client("padded");

        client.sendBytes(hex(packet));

        client.expectRefusal(0x81);
    }

    @ParameterizedTest // [MQTT-1.5.7-1]
    @ValueSource(strings = {SURROGATE, OVERLONG_SLASH, CONTINUATION, CUT_OFF, NULL})
    void givenClient_whenNameOfStringPairIsNotUtf8_thenMalformedPacket(String text) {
        var client = client("pairname");

        client.send(publish(topic("a"), "x").props(Props.with(Property.USER, Map.entry(hex(text), "value"))));

        client.expectRefusal(0x81);
    }

    @ParameterizedTest // [MQTT-1.5.7-1]
    @ValueSource(strings = {SURROGATE, OVERLONG_SLASH, CONTINUATION, CUT_OFF, NULL})
    void givenClient_whenValueOfStringPairIsNotUtf8_thenMalformedPacket(String text) {
        var client = client("pairvalue");

        client.send(publish(topic("a"), "x").props(Props.with(Property.USER, Map.entry("name", hex(text)))));

        client.expectRefusal(0x81);
    }

    @Test // 1.5.4: whatever is well-formed is allowed, however unusual
    void givenCharactersBeyondTheBasicPlane_whenPublished_thenTheyArriveUnchanged() {
        String unusual = topic("\uD83D\uDE80/\u00E4/\u4E2D/ ");
        var client = client("plane");
        client.subscribe(topic("\uD83D\uDE80/#"), 0);

        client.publish(unusual, "\uD83D\uDE80", 0);

        Publish publish = client.expect(Publish.class);
        assertThat(publish.topic()).isEqualTo(unusual);
        assertThat(publish.payload()).isEqualTo("\uD83D\uDE80".getBytes(UTF_8));
    }
}
