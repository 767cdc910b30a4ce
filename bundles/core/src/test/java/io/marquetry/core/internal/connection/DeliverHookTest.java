// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.hook.DeliverHook;
import io.marquetry.api.hook.DeliverHook.Verdict;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.UserProperty;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeliverHookTest extends BrokerTest {
    private final List<String> seen = new ArrayList<>();

    /** Drops what {@code deaf} gets, and makes upper case of what {@code loud} gets. */
    private final DeliverHook hook = (client, message) -> {
        String text = new String(message.payload(), StandardCharsets.UTF_8);
        seen.add(client.clientId() + " " + message.topic() + " " + text + " q"
                + message.qos().value());
        return switch (client.clientId()) {
            case "deaf" -> Verdict.DROP;
            case "loud" ->
                new Verdict.Replace(message.withPayload(
                                text.toUpperCase(java.util.Locale.ROOT).getBytes(StandardCharsets.UTF_8))
                        .withUserProperties(List.of(new UserProperty("was", text))));
            case "broken" -> throw new IllegalStateException("a fault of the hook");
            default -> Verdict.PASS;
        };
    };

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void givenHook_whenMessageIsRouted_thenEachCopyIsJudgedAlone(int qos) {
        TestBroker broker = startOn(2);
        broker.hooks().deliverHooks().add(hook, new Origin("test", 0, 1));
        TestClient plain = broker.connection(V5).connect("plain").subscribe("a", qos);
        TestClient deaf = broker.connection(V5).connect("deaf").subscribe("a", qos);
        TestClient loud = broker.connection(V5).connect("loud").subscribe("a", qos);
        TestClient broken = broker.connection(V3).connect("broken").subscribe("a", qos);

        plain.publish("a", "hello", qos, qos == 0 ? 0 : 5);

        assertThat(plain.story()).contains("PUBLISH q" + qos + " a hello");
        assertThat(deaf.story()).isEmpty();
        assertThat(broken.story()).isEmpty();
        Packet.Publish changed = loud.next(Packet.Publish.class);
        assertThat(TestClient.text(changed)).isEqualTo("HELLO");
        assertThat(changed.properties().userProperties()).containsExactly(new UserProperty("was", "hello"));
        assertThat(broker.fate("dropped.hook")).isEqualTo(2);
        assertThat(broker.fate("matched")).isEqualTo(4);
    }

    @Test
    void givenReplacedCopy_whenItIsSentAgain_thenItIsTheSameAndNobodyIsAsked() {
        TestBroker broker = start();
        broker.hooks().deliverHooks().add(hook, new Origin("test", 0, 1));
        TestClient loud = broker.connection(V5)
                .connect(ConnectRequest.of(V5, "loud").resume(100).build())
                .subscribe("a", 1);
        loud.publish("a", "hello", 0, 0).publish("a", "kept", 1, 1);
        assertThat(loud.story()).contains("PUBLISH q1 a KEPT");
        loud.hangUp();

        TestClient again = broker.connection(V5)
                .connect(ConnectRequest.of(V5, "loud").resume(100).build());

        assertThat(again.story()).containsExactly("PUBLISH dup q1 a KEPT");
        assertThat(seen).hasSize(2);
    }

    @Test
    void givenQueuedAndRetainedMessages_whenTheyLeave_thenEachIsAskedAboutOnce() {
        TestBroker broker = start();
        broker.hooks().deliverHooks().add(hook, new Origin("test", 0, 1));
        ConnectRequest lasting = ConnectRequest.of(V5, "loud").resume(100).with(Property.RECEIVE_MAXIMUM, 1);
        TestClient loud = broker.connection(V5).connect(lasting.build()).subscribe("a", 1);
        TestClient other = broker.connection(V5).connect("other");
        other.publish("kept", "retained", 1, 9, true);
        other.publish("a", "one", 1, 1).publish("a", "two", 1, 2).drain();

        assertThat(loud.story()).containsExactly("PUBLISH q1 a ONE");
        loud.ack(PacketType.PUBACK, 1);
        assertThat(loud.story()).containsExactly("PUBLISH q1 a TWO");
        loud.ack(PacketType.PUBACK, 2);
        loud.subscribe("kept", 0);
        assertThat(loud.story()).containsExactly("PUBLISH q0 retain kept RETAINED");
        assertThat(seen).containsExactly("loud a one q1", "loud a two q1", "loud kept retained q0");
    }

    @Test
    void givenMountpoint_whenHookIsAsked_thenItSeesItAndClientDoesNot() {
        TestBroker broker = start();
        broker.hooks().deliverHooks().add(hook, new Origin("test", 0, 1));
        broker.entrance().mountpoint("tenants/${clientid}/");
        TestClient loud = broker.connection(V5).connect("loud").subscribe("a", 0);

        loud.publish("a", "hello", 0, 0);

        assertThat(loud.story()).containsExactly("PUBLISH q0 a HELLO");
        assertThat(seen).containsExactly("loud tenants/loud/a hello q0");
    }

    @Test
    void givenProperties_whenHookPasses_thenAllOfThemAreSeenAndArrive() {
        TestBroker broker = start();
        List<Message> messages = new ArrayList<>();
        DeliverHook listening = (client, message) -> {
            messages.add(message);
            return new Verdict.Replace(message);
        };
        broker.hooks().deliverHooks().add(listening, new Origin("test", 0, 1));
        TestClient client = broker.connection(V5).connect("client").subscribe("a", 0);
        Properties properties = Properties.builder()
                .with(Property.CONTENT_TYPE, "text")
                .with(Property.RESPONSE_TOPIC, "answers")
                .with(Property.MESSAGE_EXPIRY_INTERVAL, 60)
                .with(new UserProperty("k", "v"))
                .build();

        client.send(new Packet.Publish(
                false, io.marquetry.api.mqtt.QoS.AT_MOST_ONCE, false, "a", 0, new byte[] {1}, properties));

        Properties arrived = client.next(Packet.Publish.class).properties();
        assertThat(messages).singleElement().satisfies(message -> {
            assertThat(message.contentType()).isEqualTo("text");
            assertThat(message.expirySeconds()).isEqualTo(60);
        });
        assertThat(arrived.text(Property.RESPONSE_TOPIC)).isEqualTo("answers");
        assertThat(arrived.number(Property.MESSAGE_EXPIRY_INTERVAL, -1)).isEqualTo(60);
        assertThat(arrived.userProperties()).containsExactly(new UserProperty("k", "v"));
    }
}
