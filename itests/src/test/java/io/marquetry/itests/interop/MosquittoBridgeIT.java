// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Mosquitto broker that is bridged to ours, as an edge is to its centre. */
class MosquittoBridgeIT extends BrokerTest {
    private static final String CONFIGURATION = """
            listener %1$d 127.0.0.1
            allow_anonymous true
            connection centre
            address 127.0.0.1:%2$d
            bridge_protocol_version %3$s
            try_private true
            cleansession true
            notifications false
            start_type automatic
            restart_timeout 1
            remote_clientid %4$s
            topic %5$s out 2
            topic %6$s in 2
            topic %7$s both 2
            """;

    @TempDir
    private Path folder;

    private Tool mosquitto;
    private InteropClient edge;
    private InteropClient centre;

    @AfterEach
    void stop() throws Exception {
        if (centre != null) {
            centre.close();
        }
        if (edge != null) {
            edge.close();
        }
        if (mosquitto != null) {
            mosquitto.close();
        }
    }

    private void bridge(String version) throws Exception {
        int port = BrokerProcess.freePort();
        Path conf = folder.resolve("mosquitto.conf");
        Files.writeString(
                conf,
                CONFIGURATION.formatted(
                        port, broker().port(), version, id("bridge"), topic("up/#"), topic("down/#"), topic("both/#")));
        mosquitto = Tool.start(List.of(Tool.path("mosquitto", "mosquitto"), "-v", "-c", conf.toString()));
        // Two of its three topics it subscribes to, each with a SUBSCRIBE of its own.
        mosquitto.await("Received SUBACK from local\\.");
        edge = client(port, "edge");
        centre = client(broker().port(), "centre");
    }

    private InteropClient client(int port, String name) throws Exception {
        InteropClient client = new PahoV3Client(port, id(name), null, MqttConnectOptions.MQTT_VERSION_3_1_1);
        client.connect(true);
        return client;
    }

    @ParameterizedTest
    @ValueSource(strings = {"mqttv311", "mqttv50"})
    void givenBridge_whenPublishedOnOneSide_thenItArrivesOnceOnTheOther(String version) throws Exception {
        bridge(version);
        edge.subscribe(topic("down/#"), 2);
        centre.subscribe(topic("up/#"), 2);

        for (int i = 0; i < 30; i++) {
            edge.publish(topic("up/" + i % 3), "m" + i, i % 3);
            centre.publish(topic("down/" + i % 3), "m" + i, i % 3);
        }

        assertThirty(centre, "up/");
        assertThirty(edge, "down/");
    }

    private void assertThirty(InteropClient client, String level) throws InterruptedException {
        List<InteropClient.Arrived> messages = new java.util.ArrayList<>();
        for (int i = 0; i < 30; i++) {
            messages.add(client.next());
        }
        for (int qos = 0; qos < 3; qos++) {
            String topic = topic(level + qos);
            assertThat(messages.stream().filter(m -> m.topic().equals(topic)).map(m -> m.qos() + m.text()))
                    .containsExactlyElementsOf(IntStream.iterate(qos, i -> i < 30, i -> i + 3)
                            .mapToObj(i -> i % 3 + "m" + i)
                            .toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mqttv311", "mqttv50"})
    void givenBridge_whenRetainedMessagesCross_thenTheyAreRetainedOnTheOtherSideToo(String version) throws Exception {
        bridge(version);
        edge.subscribe(topic("down/#"), 1);
        centre.subscribe(topic("up/#"), 1);

        edge.publish(topic("up/kept"), "up".getBytes(UTF_8), 1, true);
        centre.publish(topic("down/kept"), "down".getBytes(UTF_8), 1, true);
        assertThat(centre.next().text()).isEqualTo("up");
        assertThat(edge.next().text()).isEqualTo("down");

        assertRetained(broker().port(), "up/kept", "up");
        assertRetained(mosquittoPort(), "down/kept", "down");
    }

    private void assertRetained(int port, String topic, String payload) throws Exception {
        try (InteropClient late = client(port, "late")) {
            late.subscribe(topic(topic), 1);
            assertThat(late.next())
                    .hasToString(new InteropClient.Arrived(topic(topic), payload.getBytes(UTF_8), 1, true).toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mqttv311", "mqttv50"})
    void givenTopicThatIsBridgedBothWays_whenPublished_thenNothingComesBack(String version) throws Exception {
        bridge(version);
        edge.subscribe(topic("both/#"), 2);
        centre.subscribe(topic("both/#"), 2);

        // Whatever came back would come before the message that the other side sends next.
        for (int round = 0; round < 5; round++) {
            edge.publish(topic("both/x"), "edge" + round, 1);
            assertNext("edge" + round);
            centre.publish(topic("both/x"), "centre" + round, 1);
            assertNext("centre" + round);
        }
    }

    private void assertNext(String text) throws InterruptedException {
        assertThat(edge.next().text()).isEqualTo(text);
        assertThat(centre.next().text()).isEqualTo(text);
    }

    private int mosquittoPort() throws Exception {
        String first = Files.readAllLines(folder.resolve("mosquitto.conf")).get(0);
        return Integer.parseInt(first.split(" ")[1]);
    }
}
