// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Received.Publish;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** 4.7 Topic Names and Topic Filters. */
class Chapter47TopicsTest extends V5Test {
    @ParameterizedTest // [MQTT-4.7.0-1]
    @ValueSource(strings = {"a/+", "a/#", "+", "#", "+/a", "a/b+", "a/#b"})
    void givenClient_whenTopicNameHasAWildcard_thenRefused(String topic) {
        var client = client("wild");

        client.send(publish(topic, "x").qos(1).id(1));

        client.expectRefusal(0x90, 0x81, 0x82);
    }

    @ParameterizedTest // [MQTT-4.7.1-1]
    @ValueSource(strings = {"a/#/b", "a#", "#/a", "a/b#", "#a", "##", "a/##", "#/"})
    void givenMisplacedHash_whenSubscribing_thenRefused(String filter) {
        client("hash").expectFilterRefused(filter);
    }

    @ParameterizedTest // [MQTT-4.7.1-2]
    @ValueSource(strings = {"a+", "+a", "a/b+", "a/+b/c", "++", "a/++", "+#"})
    void givenMisplacedPlus_whenSubscribing_thenRefused(String filter) {
        client("plus").expectFilterRefused(filter);
    }

    @ParameterizedTest // [MQTT-4.7.1-1] [MQTT-4.7.1-2]
    @CsvSource({
        "sport/tennis/player1/#,sport/tennis/player1,true",
        "sport/tennis/player1/#,sport/tennis/player1/ranking,true",
        "sport/tennis/player1/#,sport/tennis/player1/score/wimbledon,true",
        "sport/#,sport,true",
        "sport/tennis/+,sport/tennis/player1,true",
        "sport/tennis/+,sport/tennis/player1/ranking,false",
        "sport/+,sport,false",
        "sport/+,sport/,true",
        "+/+,/finance,true",
        "/+,/finance,true",
        "+,/finance,false",
        "+/tennis/#,sport/tennis,true",
        "+/tennis/#,tennis,false",
        "sport/+/player1,sport/tennis/player1,true",
        "sport/+/player1,sport/tennis/x/player1,false",
        "a/+/+/d,a//c/d,true",
        "a//b,a/b,false",
        "a/b,a/b/,false",
        "a/b/,a/b,false",
        "+/+/+,a/b,false",
        "a/+/#,a/b,true",
        "a/+/#,a,false"
    })
    void givenFilter_whenATopicIsPublished_thenTheyMatchAsSpecified(String filter, String name, boolean matches) {
        // The leading level is this test's own; an empty first level stays empty behind it.
        String prefix = topic("").substring(0, topic("").length() - 1);
        var client = client("match");
        client.subscribe(prefix + "/" + filter, 0);

        client.publish(prefix + "/" + name, "x", 0);
        client.ping().ping();

        client.subscribe(topic("sentinel"), 0);
        client.publish(topic("sentinel"), "end", 0);
        Publish first = client.await(Publish.class);
        assertThat(first.text()).isEqualTo(matches ? "x" : "end");
    }

    @Test // [MQTT-4.7.2-1]
    void givenFiltersThatBeginWithWildcards_whenADollarTopicIsPublished_thenTheyDoNotMatch() {
        String dollar = "$" + topic("a");
        var wild = client("wild");
        wild.subscribe(subscribe(1).to("#", 0).to("+/a", 0).to("+/#", 0));
        var exact = client("exact");
        exact.subscribe(dollar.replace("/a", "/#"), 0);

        exact.publish(dollar, "hidden", 0);
        exact.expectPublish(dollar, "hidden");
        exact.publish(topic("a"), "seen", 0);

        assertThat(wild.await(Publish.class).topic()).doesNotStartWith("$");
    }

    @Test // [MQTT-4.7.2-1]
    void givenSystemTopics_whenSubscribedWithHash_thenNoneComes() {
        var client = client("sys");

        client.subscribe("+/#", 2);

        client.publish(topic("end"), "end", 0);
        Publish publish = client.await(Publish.class);
        while (!publish.topic().equals(topic("end"))) {
            assertThat(publish.topic()).doesNotStartWith("$"); // retained messages of other tests may come
            client.acknowledge(publish);
            publish = client.await(Publish.class);
        }
    }

    @Test // [MQTT-4.7.3-1]
    void givenEmptyFilter_whenSubscribing_thenRefused() {
        client("empty").expectFilterRefused("");
    }

    @Test // [MQTT-4.7.3-1]
    void givenEmptyTopicName_whenPublishing_thenRefused() {
        var client = client("empty");

        client.send(publish("", "x").qos(1).id(1));

        client.expectRefusal(0x82, 0x90);
    }

    @Test // [MQTT-4.7.3-2]
    void givenTopicWithNull_whenUsed_thenRefused() {
        var publisher = client("nullname");
        publisher.send(publish("a\u0000b", "x"));
        publisher.expectRefusal(0x81);

        var subscriber = client("nullfilter");
        subscriber.send(subscribe(1).to("a\u0000b", 0));
        subscriber.expectRefusal(0x81);
    }

    @Test // [MQTT-4.7.3-3]
    void givenTopicOf65535Bytes_whenUsed_thenItWorks() {
        String longest = topic("") + "x".repeat(65_535 - topic("").length());
        var client = client("long");
        client.subscribe(longest, 0);

        client.publish(longest, "x", 0);

        assertThat(client.expect(Publish.class).topic()).hasSize(65_535);
    }

    @ParameterizedTest // [MQTT-4.7.3-4]
    @CsvSource({"ACCOUNTS,accounts", "/x,x", "x/,x", "x//y,x/y", "\u00E9,e\u0301", "\uFB01,fi", "x y,xy"})
    void givenTwoTopicsThatLookAlike_whenOneIsPublished_thenTheOtherDoesNotMatch(String filter, String name) {
        var client = client("alike");
        client.subscribe(topic(filter), 0);

        client.publish(topic(name), "other", 0);
        client.publish(topic(filter), "same", 0);

        client.expectPublish(topic(filter), "same");
    }

    @ParameterizedTest // 4.7.3: spaces, separators alone and unusual characters are allowed
    @ValueSource(strings = {" ", "/", "//", "a b/c d", "\u00FC/\u4E2D", "a/$b", "a/-/_/~"})
    void givenUnusualTopic_whenUsed_thenItWorks(String rest) {
        var client = client("unusual");
        client.subscribe(topic(rest), 0);

        client.publish(topic(rest), "x", 0);

        client.expectPublish(topic(rest), "x");
    }
}
