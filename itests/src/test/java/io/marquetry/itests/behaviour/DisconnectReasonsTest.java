// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.disconnect;
import static io.marquetry.itests.support.Packets.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code $SYS/brokers/NODE/clients/ID/connected} and {@code disconnected}: fields, and the names of the reasons. */
@OnlyMarquetry
class DisconnectReasonsTest extends BrokerTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Probe watcher(String event) {
        var watcher = client(Version.V5, "watcher");
        watcher.subscribe("$SYS/brokers/+/clients/" + id("seen") + "/" + event, 0);
        return watcher;
    }

    private static JsonNode event(Probe watcher) {
        try {
            return MAPPER.readTree(
                    watcher.expect(Publish.class, Duration.ofSeconds(10)).text());
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> names(JsonNode json) {
        List<String> names = new ArrayList<>();
        json.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void givenWatcher_whenAClientConnects_thenTheEventSaysWho() {
        Probe watcher = watcher("connected");
        long before = System.currentTimeMillis();

        Probe client = client(
                Version.V5, connect(id("seen")).lasting(120).keepAlive(77).username("ada"));

        JsonNode event = event(watcher);
        assertThat(names(event))
                .contains(
                        "clientid",
                        "username",
                        "ipaddress",
                        "sockport",
                        "proto_name",
                        "proto_ver",
                        "keepalive",
                        "clean_start",
                        "expiry_interval",
                        "protocol",
                        "connected_at",
                        "ts");
        assertThat(event.get("clientid").asText()).isEqualTo(id("seen"));
        assertThat(event.get("username").asText()).isEqualTo("ada");
        assertThat(event.get("ipaddress").asText()).isEqualTo("127.0.0.1");
        assertThat(event.get("sockport").asInt()).isEqualTo(broker().port());
        assertThat(event.get("proto_name").asText()).isEqualTo("MQTT");
        assertThat(event.get("proto_ver").asInt()).isEqualTo(5);
        assertThat(event.get("keepalive").asInt()).isEqualTo(77);
        assertThat(event.get("clean_start").asBoolean()).isFalse();
        assertThat(event.get("expiry_interval").asLong()).isEqualTo(120_000);
        assertThat(event.get("protocol").asText()).isEqualTo("mqtt");
        assertThat(event.get("connected_at").asLong()).isBetween(before - 1000, System.currentTimeMillis() + 1000);
        client.disconnect();
    }

    static Stream<Arguments> endings() {
        return Stream.of(
                ending("normal", Version.V5, client -> client.disconnect()),
                ending("normal", Version.V311, client -> client.disconnect()),
                ending("tcp_closed", Version.V311, Probe::drop),
                ending("keepalive_timeout", Version.V5, client -> client.expectRefusal(Duration.ofSeconds(8), 0x8D)),
                ending(
                        "frame_error",
                        Version.V5,
                        client -> client.send(publish("a", "x").firstByte(0x36))),
                ending(
                        "frame_error",
                        Version.V311,
                        client -> client.send(publish("a", "x").firstByte(0x36))),
                ending("protocol_error", Version.V5, client -> client.send(connect("again"))),
                ending("protocol_error", Version.V311, client -> client.send(connect("again"))),
                ending(
                        "frame_too_large",
                        Version.V5,
                        client -> client.sendBytes((byte) 0x30, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0x7F)),
                ending("disconnect_with_will_message", Version.V5, client -> client.send(disconnect(0x04))));
    }

    private static Arguments ending(String reason, Version version, Consumer<Probe> end) {
        return arguments(reason, version, end);
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("endings")
    void givenWatcher_whenAClientLeaves_thenTheEventNamesTheReason(
            String reason, Version version, Consumer<Probe> end) {
        Probe watcher = watcher("disconnected");
        var client = client(version, connect(id("seen")).keepAlive(reason.startsWith("keepalive") ? 1 : 60));

        end.accept(client);

        JsonNode event = event(watcher);
        assertThat(names(event))
                .contains(
                        "clientid",
                        "username",
                        "ipaddress",
                        "sockport",
                        "proto_name",
                        "proto_ver",
                        "protocol",
                        "reason",
                        "connected_at",
                        "disconnected_at",
                        "ts");
        assertThat(event.get("reason").asText()).isEqualTo(reason);
        assertThat(event.get("disconnected_at").asLong())
                .isGreaterThanOrEqualTo(event.get("connected_at").asLong());
        watcher.expectNothing();
    }

    @Test
    void givenWatcher_whenAClientIsTakenOver_thenTheReasonIsTakenover() {
        Probe watcher = watcher("disconnected");
        var first = client(Version.V5, connect(id("seen")).lasting(60));

        client(Version.V5, connect(id("seen")).lasting(60));

        first.expectRefusal(0x8E);
        assertThat(event(watcher).get("reason").asText()).isEqualTo("takenover");
    }

    @Test
    void givenWatcher_whenAClientIsDiscarded_thenTheReasonIsDiscarded() {
        Probe watcher = watcher("disconnected");
        var first = client(Version.V5, connect(id("seen")).lasting(60));

        client(Version.V5, connect(id("seen")));

        first.expectRefusal(0x8E);
        assertThat(event(watcher).get("reason").asText()).isEqualTo("discarded");
    }
}
