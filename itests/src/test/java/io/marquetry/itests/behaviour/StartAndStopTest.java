// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static io.marquetry.itests.support.Packets.connect;
import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerProcess.Answer;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Disconnect;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A broker that starts where it cannot, and one that is asked to end. */
@OnlyMarquetry
@DisabledIfSystemProperty(named = "marquetry.port", matches = "\\d+", disabledReason = "starts its own brokers")
class StartAndStopTest {
    @Test
    void givenTakenPort_whenTheBrokerStarts_thenOneLineNamesListenerAndAddress() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                BrokerProcess broker = BrokerProcess.launch(BrokerSettings.defaults(), taken.getLocalPort())) {
            broker.log().allow("tcp:default");
            String address = "127.0.0.1:" + taken.getLocalPort();

            String line = broker.log().await(0, "tcp:default.*" + Pattern.quote(address), BrokerProcess.START_LIMIT);

            assertThat(line).doesNotContain("is listening");
            broker.stop();
            List<String> about = broker.log().since(0).stream()
                    .filter(text -> text.contains(address))
                    .toList();
            assertThat(about).hasSize(1);
            assertThat(broker.log().since(0)).noneMatch(text -> text.strip().startsWith("at "));
        }
    }

    @Test
    void givenClients_whenTheBrokerStops_thenWillsArePublishedAndClientsAreTold() {
        try (BrokerProcess broker = BrokerProcess.start(BrokerSettings.defaults());
                Probe watcher = broker.open(Version.V5);
                Probe dying = broker.open(Version.V5);
                Probe old = broker.open(Version.V311)) {
            watcher.connectOk(connect("watcher"));
            watcher.subscribe("will", 0);
            dying.connectOk(connect("dying").will("will", "gone", 0, false));
            old.connectOk(connect("old"));

            CompletableFuture<Void> stop = CompletableFuture.runAsync(broker::stop);

            assertThat(watcher.expect(Publish.class).text()).isEqualTo("gone");
            assertThat(watcher.expect(Disconnect.class).code()).isEqualTo(0x8B);
            dying.expectRefusal(0x8B);
            old.expectClosed();
            stop.join();
        }
    }

    @Test
    void givenStoppedBroker_whenItStartsAgainOnItsDirectory_thenItServes() {
        try (BrokerProcess broker = BrokerProcess.start(BrokerSettings.defaults())) {
            broker.stop();

            broker.restart();

            try (Probe probe = broker.open(Version.V5)) {
                probe.connectOk(connect("again"));
                probe.ping();
            }
        }
    }

    @Test
    void givenStoppedBroker_whenItIsStartedAndRestartedInTheBackground_thenClientsAreLetInWhenTheCommandEnds()
            throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(BrokerSettings.defaults())) {
            broker.stop();
            try {
                assertThat(broker.command("start")).contains("started (process");
                connectOnce(broker);
                assertThat(broker.command("start")).contains("already running");

                assertThat(broker.command("restart")).contains("stopped", "started (process");
                connectOnce(broker);
            } finally {
                broker.command("stop");
            }
        }
    }

    @Test
    void givenListenersThatCannotOpen_whenStartedInTheBackground_thenItIsSaidWhyAndTheyOpenByThemselves()
            throws Exception {
        Map<String, Integer> ports = Map.of("ws", BrokerProcess.freePort(), "wss", BrokerProcess.freePort());
        BrokerSettings settings = BrokerSettings.defaults()
                .env("MARQUETRY_LISTENERS__SSL__DEFAULT__ENABLED", "true")
                .env("MARQUETRY_LISTENERS__SSL__DEFAULT__CERT_FILE", "conf/nothing.pem")
                .env("MARQUETRY_LISTENERS__SSL__DEFAULT__KEY_FILE", "conf/nothing.key");
        ports.forEach((type, port) -> settings.env(
                        "MARQUETRY_LISTENERS__" + type.toUpperCase(ROOT) + "__DEFAULT__ENABLED", "true")
                .env("MARQUETRY_LISTENERS__" + type.toUpperCase(ROOT) + "__DEFAULT__BIND", "127.0.0.1:" + port));
        try (BrokerProcess broker = BrokerProcess.start(settings)) {
            broker.log().allow("ssl:default has no encryption");
            broker.stop();
            try {
                try (ServerSocket tcp = take(broker.port());
                        ServerSocket ws = take(ports.get("ws"));
                        ServerSocket wss = take(ports.get("wss"))) {
                    for (String command : List.of("start", "status", "restart")) {
                        Answer answer = broker.order(command);

                        assertThat(answer.output())
                                .contains("not every listener listens as configured:", "ssl:default: has no encryption")
                                .contains("nothing.pem")
                                .contains(taken("tcp", tcp), taken("ws", ws), taken("wss", wss));
                        assertThat(answer.exitCode()).isEqualTo(4);
                    }
                    assertThat(broker.command("shell", "mqtt:listener-list"))
                            .contains("cannot listen on 127.0.0.1:" + broker.port() + ": address already in use");
                }

                Patience.until("all but one to open", BrokerProcess.START_LIMIT, () -> problems(broker) == 1);

                connectOnce(broker);
                assertThat(broker.command("status")).contains("ssl:default: has no encryption");
                assertThat(Files.readString(broker.base().resolve("data/listeners")))
                        .contains("ws:default\tlistening\t", "wss:default\tlistening\t");
            } finally {
                broker.command("stop");
            }
        }
    }

    private static ServerSocket take(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    }

    private static String taken(String type, ServerSocket socket) {
        return "  " + type + ":default: cannot listen on 127.0.0.1:" + socket.getLocalPort()
                + ": address already in use";
    }

    private static long problems(BrokerProcess broker) {
        try {
            return broker.command("status")
                    .lines()
                    .filter(line -> line.startsWith("  "))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void connectOnce(BrokerProcess broker) {
        try (Probe probe = broker.open(Version.V5)) {
            probe.connectOk(connect("at-once"));
            probe.disconnect();
        }
    }

    @Test
    void givenRunningBroker_whenASecondStartsOnItsDirectory_thenItEndsWithASentence()
            throws IOException, InterruptedException {
        try (BrokerProcess broker = BrokerProcess.start(BrokerSettings.defaults())) {
            String said = broker.command("foreground");

            assertThat(said).contains(broker.base().toString()).doesNotContain("Exception");
            try (Probe probe = broker.open(Version.V5)) {
                probe.connectOk(connect("first"));
            }
        }
    }
}
