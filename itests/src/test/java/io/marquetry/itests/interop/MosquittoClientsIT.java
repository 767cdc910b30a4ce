// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code mosquitto_pub} and {@code mosquitto_sub}, in every version of MQTT that they speak. */
class MosquittoClientsIT extends BrokerTest {
    private static final int LARGE = 500 * 1024;
    private static final String MESSAGE = "MSG ";

    private final List<Tool> tools = new ArrayList<>();

    @AfterEach
    void endTools() throws InterruptedException {
        for (Tool tool : tools) {
            tool.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"31,0", "31,1", "31,2", "311,0", "311,1", "311,2", "5,0", "5,1", "5,2"})
    void givenSubscriber_whenLinesArePublished_thenEachArrivesOnceInOrder(String version, int qos) throws Exception {
        Tool subscriber = subscriber(version, "-q", qos, "-t", topic("lines"), "-C", 20);
        Path lines = Files.createTempFile("lines", ".txt");
        Files.write(lines, IntStream.range(0, 20).mapToObj(i -> "m" + i).toList());

        // "-l" publishes each line of its standard input; a shell gives it a file.
        run("sh", "-c", String.join(" ", publisher(version, "-q", qos, "-t", topic("lines"), "-l")) + " < " + lines);
        Files.delete(lines);

        subscriber.awaitSuccess();
        assertThat(subscriber.linesWith(MESSAGE))
                .containsExactlyElementsOf(IntStream.range(0, 20)
                        .mapToObj(i -> qos + " 0 " + topic("lines") + " m" + i)
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"31", "311", "5"})
    void givenRetainedMessage_whenSubscribed_thenItComesUntilItIsCleared(String version) throws Exception {
        publish(version, "-q", 1, "-t", topic("kept"), "-r", "-m", "value");
        Tool first = subscriber(version, "-q", 1, "-t", topic("#"), "-C", 1);
        first.awaitSuccess();
        assertThat(first.linesWith(MESSAGE)).containsExactly("1 1 " + topic("kept") + " value");

        publish(version, "-q", 1, "-t", topic("kept"), "-r", "-n");
        Tool second = subscriber(version, "-q", 1, "-t", topic("#"), "-C", 1);
        publish(version, "-q", 1, "-t", topic("other"), "-m", "live");

        second.awaitSuccess();
        assertThat(second.linesWith(MESSAGE)).containsExactly("1 0 " + topic("other") + " live");
    }

    @ParameterizedTest
    @ValueSource(strings = {"31", "311", "5"})
    void givenWill_whenTheClientIsKilled_thenItIsPublished(String version) throws Exception {
        Tool watcher = subscriber(version, "-q", 2, "-t", topic("will"), "-C", 1);
        Tool unlucky = subscriber(
                version, "-t", topic("any"), "--will-topic", topic("will"), "--will-payload", "gone", "--will-qos", 2);

        unlucky.kill();

        watcher.awaitSuccess();
        assertThat(watcher.linesWith(MESSAGE)).containsExactly("2 0 " + topic("will") + " gone");
    }

    @ParameterizedTest
    @ValueSource(strings = {"31", "311", "5"})
    void givenSessionThatIsOffline_whenItComesBack_thenItsMessagesWaited(String version) throws Exception {
        List<Object> session = new ArrayList<>(List.of("-c", "-i", id("s"), "-q", 2, "-t", topic("queue")));
        if (version.equals("5")) {
            session.addAll(List.of("-x", InteropClient.SESSION_EXPIRY_SECONDS));
        }
        run(command("mosquitto_sub", version, with(session, "-E")));
        for (int qos = 1; qos <= 2; qos++) {
            publish(version, "-q", qos, "-t", topic("queue"), "-m", "m" + qos);
        }

        Tool back = start(command("mosquitto_sub", version, with(session, "-C", 2, "-F", MESSAGE + "%q %r %t %p")));

        back.awaitSuccess();
        assertThat(back.linesWith(MESSAGE))
                .containsExactlyInAnyOrder("1 0 " + topic("queue") + " m1", "2 0 " + topic("queue") + " m2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"311", "5"})
    void givenSharedSubscription_whenPublished_thenEachMessageGoesToOneMember(String version) throws Exception {
        String filter = "$share/" + id("g") + "/" + topic("work/#");
        List<Tool> members =
                List.of(subscriber(version, "-q", 1, "-t", filter), subscriber(version, "-q", 1, "-t", filter));

        run("sh", "-c", "seq 40 | " + String.join(" ", publisher(version, "-q", 1, "-t", topic("work/x"), "-l")));

        Patience.until("40 messages in all", () -> messages(members).count() >= 40);
        assertThat(members)
                .allSatisfy(member -> assertThat(member.linesWith(MESSAGE)).isNotEmpty());
        assertThat(messages(members).map(line -> line.substring(line.lastIndexOf(' ') + 1)))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.rangeClosed(1, 40).mapToObj(Integer::toString).toList());
    }

    private static Stream<String> messages(List<Tool> members) {
        return members.stream().flatMap(member -> member.linesWith(MESSAGE).stream());
    }

    @ParameterizedTest
    @ValueSource(strings = {"31", "311", "5"})
    void givenLargePayload_whenPublished_thenItArrivesWhole(String version, @TempDir Path folder) throws Exception {
        Path file = folder.resolve("large");
        String payload = "0123456789abcdef".repeat(LARGE / 16);
        Files.writeString(file, payload);
        Tool subscriber = subscriber(version, "-q", 1, "-t", topic("large"), "-C", 1);

        publish(version, "-q", 1, "-t", topic("large"), "-f", file);

        subscriber.awaitSuccess();
        List<String> messages = subscriber.linesWith(MESSAGE);
        assertThat(messages).hasSize(1);
        assertThat(messages.get(0).equals("1 0 " + topic("large") + " " + payload))
                .isTrue();
    }

    /** A subscriber that has its SUBACK. */
    private Tool subscriber(String version, Object... options) throws IOException {
        Tool tool =
                start(command("mosquitto_sub", version, with(List.of("-d", "-F", MESSAGE + "%q %r %t %p"), options)));
        tool.await("Subscribed \\(mid: 1\\)");
        return tool;
    }

    private void publish(String version, Object... options) throws Exception {
        run(publisher(version, options).toArray(String[]::new));
    }

    private List<String> publisher(String version, Object... options) {
        return command("mosquitto_pub", version, List.of(options));
    }

    private void run(List<String> command) throws Exception {
        run(command.toArray(String[]::new));
    }

    private void run(String... command) throws Exception {
        try (Tool tool = Tool.start(List.of(command))) {
            tool.awaitSuccess();
        }
    }

    private Tool start(List<String> command) throws IOException {
        Tool tool = Tool.start(command);
        tools.add(tool);
        return tool;
    }

    private List<String> command(String program, String version, List<?> options) {
        List<String> command = new ArrayList<>();
        // They print into a pipe as they would to a terminal, line by line.
        command.addAll(List.of(Tool.path("stdbuf", "coreutils"), "-oL", Tool.path(program, "mosquitto-clients")));
        command.addAll(List.of("-h", "127.0.0.1", "-p", Integer.toString(broker().port()), "-V", "mqttv" + version));
        options.forEach(option -> command.add(option.toString()));
        return command;
    }

    private static List<Object> with(List<?> options, Object... more) {
        List<Object> all = new ArrayList<>(options);
        all.addAll(List.of(more));
        return all;
    }
}
