// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v311;

import static io.marquetry.itests.support.Bytes.hex;
import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.subscribe;
import static io.marquetry.itests.support.Packets.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Publish;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 1.5 Data representations. */
class Chapter1DataRepresentationTest extends V311Test {
    private static final String SURROGATE = "61EDA080";
    private static final String LOW_SURROGATE = "61EDBFBF";
    private static final String OVERLONG = "61C0AF";
    private static final String CONTINUATION = "6180";
    private static final String TOO_HIGH = "61F4908080";
    private static final String CUT_OFF = "61E282";

    @ParameterizedTest // [MQTT-1.5.3-1]
    @ValueSource(strings = {SURROGATE, LOW_SURROGATE, OVERLONG, CONTINUATION, TOO_HIGH, CUT_OFF})
    void givenClient_whenTopicNameIsNotUtf8_thenItIsClosed(String text) {
        var client = client("name");

        client.send(publish("", "x").topicBytes(hex(text)));

        client.expectClosed();
    }

    @ParameterizedTest // [MQTT-1.5.3-1]
    @ValueSource(strings = {SURROGATE, LOW_SURROGATE, OVERLONG, CONTINUATION, TOO_HIGH, CUT_OFF})
    void givenClient_whenTopicFilterIsNotUtf8_thenItIsClosed(String text) {
        var client = client("filter");

        client.send(subscribe(1).toBytes(hex(text), 0));

        client.expectClosed();
    }

    @ParameterizedTest // [MQTT-1.5.3-1]
    @ValueSource(strings = {SURROGATE, OVERLONG, CONTINUATION, CUT_OFF})
    void givenConnection_whenWillTopicIsNotUtf8_thenItIsClosed(String text) {
        var probe = open();

        probe.send(connect(id("will")).willBytes(hex(text), hex("00"), 0, false, Props.none()));

        probe.expectConnectDropped(0x02);
    }

    @Test // [MQTT-1.5.3-2]
    void givenClient_whenTopicNameHasNull_thenItIsClosed() {
        var client = client("null");

        client.send(publish("a\u0000b", "x"));

        client.expectClosed();
    }

    @Test // [MQTT-1.5.3-2]
    void givenClient_whenFilterHasNull_thenItIsClosed() {
        var subscriber = client("null");
        subscriber.send(subscribe(1).to("a\u0000b", 0));
        subscriber.expectClosed();

        var unsubscriber = client("null2");
        unsubscriber.send(unsubscribe(1, "a\u0000b"));
        unsubscriber.expectClosed();
    }

    @Test // [MQTT-1.5.3-3]
    void givenTopicWithByteOrderMark_whenPublished_thenItIsNotTheSameAsWithout() {
        var client = client("bom");
        client.subscribe(topic("#"), 0);

        client.publish(topic("\uFEFFa"), "marked", 0);

        assertThat(client.expect(Publish.class).topic()).isEqualTo(topic("\uFEFFa"));
    }
}
