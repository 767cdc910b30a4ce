// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.interop.InteropClient.Arrived;
import io.marquetry.itests.interop.InteropClient.Will;
import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.Patience;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every client library must be able to do with this broker; a subclass names the library. */
abstract class ClientScenarios extends BrokerTest {
    private static final int LARGE = 500 * 1024;

    private final InteropClient.Maker maker;
    private final boolean hearsOfSessions;
    private final List<AutoCloseable> open = new ArrayList<>();

    ClientScenarios(InteropClient.Maker maker) {
        this(maker, true);
    }

    /** For a library whose CONNACK has no Session Present flag, when {@code hearsOfSessions} is false. */
    ClientScenarios(InteropClient.Maker maker, boolean hearsOfSessions) {
        this.maker = maker;
        this.hearsOfSessions = hearsOfSessions;
    }

    @AfterEach
    void closeClients() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void givenSubscriber_whenPublished_thenEachArrivesOnceInOrder(int qos) throws Exception {
        InteropClient subscriber = connected("sub");
        InteropClient publisher = connected("pub");
        subscriber.subscribe(topic("+"), qos);

        for (int i = 0; i < 50; i++) {
            publisher.publish(topic("order"), "m" + i, qos);
        }
        publisher.publish(topic("end"), "end", qos);

        for (int i = 0; i < 50; i++) {
            assertThat(subscriber.next())
                    .hasToString(new Arrived(topic("order"), bytes("m" + i), qos, false).toString());
        }
        assertThat(subscriber.next().topic()).isEqualTo(topic("end"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void givenRetainedMessage_whenSubscribed_thenItComesUntilItIsCleared(int qos) throws Exception {
        InteropClient publisher = connected("pub");
        publisher.publish(topic("kept"), bytes("old"), qos, true);
        publisher.publish(topic("kept"), bytes("new"), qos, true);
        InteropClient first = connected("sub1");
        first.subscribe(topic("#"), 2);
        assertThat(first.next()).hasToString(new Arrived(topic("kept"), bytes("new"), qos, true).toString());

        publisher.publish(topic("kept"), new byte[0], qos, true);
        assertThat(first.next()).hasToString(new Arrived(topic("kept"), new byte[0], qos, false).toString());
        InteropClient second = connected("sub2");
        second.subscribe(topic("#"), 2);
        publisher.publish(topic("other"), "live", 1);

        assertThat(second.next().topic()).isEqualTo(topic("other"));
    }

    @Test
    void givenWill_whenTheConnectionBreaks_thenItIsPublishedButNotAfterDisconnect() throws Exception {
        InteropClient watcher = connected("watch");
        watcher.subscribe(topic("will/+"), 1);
        Relay relay = new Relay(broker().port());
        open.add(relay);
        InteropClient polite = make(broker().port(), "polite", new Will(topic("will/polite"), "gone"));
        InteropClient unlucky = make(relay.port(), "unlucky", new Will(topic("will/unlucky"), "gone"));
        polite.connect(true);
        unlucky.connect(true);

        polite.disconnect();
        relay.cut();

        assertThat(watcher.next()).hasToString(new Arrived(topic("will/unlucky"), bytes("gone"), 1, false).toString());
        Patience.until("the client to notice that its connection broke", () -> !unlucky.isConnected());
    }

    @Test
    void givenSessionThatIsOffline_whenItComesBack_thenItsMessagesWaited() throws Exception {
        InteropClient sleeper = make(broker().port(), "sleeper", null);
        assertThat(sleeper.connect(false)).isFalse();
        sleeper.subscribe(topic("queue"), 2);
        sleeper.disconnect();

        InteropClient publisher = connected("pub");
        for (int i = 0; i < 30; i++) {
            publisher.publish(topic("queue"), "m" + i, 1 + i % 2);
        }
        assertThat(sleeper.connect(false)).isEqualTo(hearsOfSessions);

        List<String> arrived = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Arrived message = sleeper.next();
            arrived.add(message.qos() + message.text());
        }
        // Some libraries hand over a message of QoS 2 only when it is released, behind later ones of QoS 1.
        for (int qos = 1; qos <= 2; qos++) {
            String prefix = qos + "m";
            assertThat(arrived.stream().filter(message -> message.startsWith(prefix)))
                    .containsExactlyElementsOf(IntStream.iterate(qos - 1, i -> i < 30, i -> i + 2)
                            .mapToObj(i -> prefix + i)
                            .toList());
        }
        sleeper.disconnect();
        assertThat(sleeper.connect(true)).isFalse();
    }

    @Test
    void givenSharedSubscription_whenPublished_thenEachMessageGoesToOneMember() throws Exception {
        List<InteropClient> members = List.of(connected("one"), connected("two"));
        for (InteropClient member : members) {
            member.subscribe("$share/" + id("group") + "/" + topic("work/#"), 1);
        }

        InteropClient publisher = connected("pub");
        for (int i = 0; i < 40; i++) {
            publisher.publish(topic("work/" + i), "m" + i, 1);
        }

        Patience.until(
                "40 messages in all",
                () -> members.stream()
                                .mapToInt(member -> member.arrived().size())
                                .sum()
                        >= 40);
        assertThat(members).allSatisfy(member -> assertThat(member.arrived()).isNotEmpty());
        assertThat(members.stream().flatMap(member -> member.arrived().stream()).map(Arrived::text))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 40).mapToObj(i -> "m" + i).toList());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void givenLargePayload_whenPublished_thenItArrivesWhole(int qos) throws Exception {
        byte[] payload = new byte[LARGE];
        new Random(qos).nextBytes(payload);
        InteropClient subscriber = connected("sub");
        subscriber.subscribe(topic("large"), qos);

        connected("pub").publish(topic("large"), payload, qos, false);

        assertThat(subscriber.next().payload()).isEqualTo(payload);
    }

    private InteropClient connected(String name) throws Exception {
        InteropClient client = make(broker().port(), name, null);
        client.connect(true);
        return client;
    }

    private InteropClient make(int port, String name, @Nullable Will will) throws Exception {
        InteropClient client = maker.make(port, id(name), will);
        open.add(0, client);
        return client;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
