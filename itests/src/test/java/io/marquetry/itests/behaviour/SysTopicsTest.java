// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.StartedWith;
import io.marquetry.itests.support.Version;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the broker says of itself under {@code $SYS}, with intervals of one second. */
@StartedWith(
        conf = {
            "io.marquetry.core.sys:messageIntervalSeconds=1",
            "io.marquetry.core.sys:heartbeatIntervalSeconds=1",
            "io.marquetry.core.sys:clientSubscribed=true",
            "io.marquetry.core.sys:clientUnsubscribed=true"
        })
class SysTopicsTest extends BrokerTest {
    private static final String NODE = "$SYS/brokers/test@127.0.0.1/";

    private String read(String topic) {
        var client = client(Version.V5, "reader");
        client.subscribe(topic, 0);
        Publish publish = client.expect(Publish.class);
        assertThat(publish.topic()).isEqualTo(topic);
        return publish.text();
    }

    @Test
    void givenBroker_whenSubscribed_thenItNamesItselfInRetainedMessages() {
        assertThat(read("$SYS/brokers")).isEqualTo("test@127.0.0.1");
        assertThat(read(NODE + "version")).isNotBlank();
        assertThat(read(NODE + "sysdescr")).isEqualTo("Marquetry");
    }

    @Test
    void givenBroker_whenItsHeartBeats_thenUptimeAndDateCome() {
        assertThat(Long.parseLong(read(NODE + "uptime"))).isPositive();
        assertThat(OffsetDateTime.parse(read(NODE + "datetime"))).isAfter("2020-01-01T00:00:00Z");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "stats/connections/count",
                "stats/sessions/count",
                "stats/subscriptions/count",
                "stats/retained/count",
                "metrics/bytes/received",
                "metrics/packets/connect/received",
                "metrics/messages/received",
                "metrics/client/connected"
            })
    void givenBroker_whenStatisticsArePublished_thenTheyAreNumbersUnderTheKnownNames(String name) {
        assertThat(Long.parseLong(read(NODE + name))).isNotNegative();
    }

    @Test
    void givenClients_whenCounted_thenTheCountIsRight() {
        var one = client(Version.V5, "one");
        client(Version.V5, "two");
        one.subscribe(NODE + "stats/connections/count", 0);

        // The first number may be older than the clients; the next is not.
        one.expect(Publish.class);
        assertThat(Long.parseLong(one.expect(Publish.class).text())).isEqualTo(2);
    }

    @Test
    void givenWatcher_whenAClientSubscribesAndUnsubscribes_thenTheEventsSayWhat() throws JsonProcessingException {
        var watcher = client(Version.V5, "watcher");
        watcher.subscribe(NODE + "clients/" + id("seen") + "/subscribed", 0);
        watcher.subscribe(NODE + "clients/" + id("seen") + "/unsubscribed", 0);
        var client = client(Version.V5, "seen");

        client.subscribe(topic("a"), 1);
        JsonNode subscribed =
                new ObjectMapper().readTree(watcher.expect(Publish.class).text());
        client.unsubscribe(topic("a"));
        JsonNode unsubscribed =
                new ObjectMapper().readTree(watcher.expect(Publish.class).text());

        assertThat(subscribed.get("clientid").asText()).isEqualTo(id("seen"));
        assertThat(subscribed.get("topic").asText()).isEqualTo(topic("a"));
        assertThat(subscribed.get("subopts").get("qos").asInt()).isEqualTo(1);
        assertThat(unsubscribed.get("topic").asText()).isEqualTo(topic("a"));
        assertThat(unsubscribed.has("subopts")).isFalse();
    }
}
