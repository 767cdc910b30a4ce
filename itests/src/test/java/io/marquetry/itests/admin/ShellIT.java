// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.admin;

import static io.marquetry.itests.support.Packets.connect;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.admin.OperatorShell.Answer;
import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands, as an operator runs them on a broker in the background. */
@OnlyMarquetry
class ShellIT extends BrokerTest {
    private OperatorShell shell() {
        return new OperatorShell(broker().process().base());
    }

    @Test
    void givenClients_whenListed_thenThoseThatFitAreShown() {
        client(Version.V5, connect(id("here")).username("ada").lasting(60));
        client(Version.V311, "other");

        Answer answer = shell().run("mqtt:client-list", "--no-format", "--filter", id("here"));
        Answer connected = shell().run("mqtt:client-list", "--no-format", "--connected", "--filter", id("here"));

        assertThat(answer.exitCode()).isZero();
        assertThat(answer.lines()).hasSize(1);
        assertThat(answer.out()).startsWith(id("here") + "\tada\t127.0.0.1:").contains("\ttcp:default\t5.0\ttrue\t");
        assertThat(connected.out()).isEqualTo(answer.out());
    }

    @Test
    void givenClient_whenAskedForById_thenItsSessionIsTold() {
        Probe client = client(Version.V5, connect(id("c")).lasting(60));
        client.subscribe(topic("a"), 1);

        Answer answer = shell().run("mqtt:client-info", "--no-format", id("c"));

        assertThat(answer.exitCode()).isZero();
        assertThat(answer.lines())
                .contains(
                        "client\t" + id("c"),
                        "connected\ttrue",
                        "session ends\t60 s after the connection",
                        "subscriptions\t1",
                        "dropped\t0");
        assertThat(answer.out()).containsPattern("session since\t20\\d\\d-");
    }

    @Test
    void givenLiveClient_whenKicked_thenItIsToldAndItsSessionIsGone() {
        Probe client = client(Version.V5, connect(id("k")).lasting(60));

        Answer answer = shell().run("mqtt:client-kick", id("k"));

        client.expectRefusal(0x98);
        assertThat(answer.exitCode()).isZero();
        assertThat(answer.out()).isEqualTo("kicked " + id("k") + "\n");
        assertThat(shell().run("mqtt:client-info", id("k")).exitCode()).isEqualTo(1);
    }

    @Test
    void givenNobodyOfThatName_whenKicked_thenOneSentenceSaysSoAndTheExitCodeIsOne() {
        Answer answer = shell().run("mqtt:client-kick", "$(nobody); mqtt:client-list");

        assertThat(answer.exitCode()).isEqualTo(1);
        assertThat(answer.out()).isEmpty();
        assertThat(answer.err().lines())
                .singleElement()
                .asString()
                .startsWith("marquetry: there is no session with the client identifier $(nobody); mqtt:client-list");
    }

    @Test
    void givenSubscriptions_whenListed_thenFiltersAndTheirOptionsAreShown() {
        Probe client = client(Version.V5, "s");
        client.subscribe(topic("b/#"), 2);
        client.subscribe(topic("a"), 0);

        Answer ofOne = shell().run("mqtt:subscription-list", "--no-format", id("s"));
        Answer topics = shell().run("mqtt:topic-list", "--no-format", "--limit", "100000");

        assertThat(ofOne.lines())
                .containsExactly(
                        id("s") + "\t" + topic("a") + "\t0\tfalse\tfalse",
                        id("s") + "\t" + topic("b/#") + "\t2\tfalse\tfalse");
        assertThat(topics.lines()).contains(topic("a"), topic("b/#"));
    }

    @Test
    void givenMetrics_whenAskedForByPrefix_thenTheirValuesAreShown() {
        client(Version.V5, "m");

        Answer gauges = shell().run("mqtt:metrics", "--no-format", "connections.");
        Answer account = shell().run("mqtt:metrics", "--no-format", "routed");

        assertThat(gauges.out()).containsPattern("(?m)^gauge\tconnections.count\t[1-9]");
        assertThat(account.out()).containsPattern("^accounting\trouted\t\\d+\n$");
    }

    @Test
    void givenListener_whenListed_thenItsConnectionsAreCounted() {
        client(Version.V5, "l");

        Answer answer = shell().run("mqtt:listener-list", "--no-format");

        assertThat(answer.err()).isEmpty();
        assertThat(answer.exitCode()).isZero();
        assertThat(answer.out())
                .containsPattern("(?m)^tcp:default\t127.0.0.1:" + broker().port()
                        + "\ttrue\ttrue\tfalse\t[1-9]\\d*\tinfinity\t\\[.*]\t\\[.*]\t-$");
    }

    @Test
    void givenListener_whenStoppedAndStarted_thenItsClientsAreToldAndNewOnesCome() {
        Probe before = client(Version.V5, "before");

        Answer stopped = shell().run("mqtt:listener-stop", "--no-format", "tcp:default");
        before.expectRefusal(0x8B);
        Answer started = shell().run("mqtt:listener-start", "--no-format", "tcp:default");
        Answer again = shell().run("mqtt:listener-restart", "--no-format", "tcp:default");

        assertThat(stopped.err() + started.err() + again.err()).isEmpty();
        assertThat(stopped.out()).contains("\ttrue\tfalse\tfalse\t0\t");
        assertThat(started.out()).contains("\ttrue\ttrue\tfalse\t0\t");
        assertThat(again.out()).contains("\ttrue\ttrue\tfalse\t0\t");
        client(Version.V5, "after").ping();
    }

    @Test
    void givenNoSuchListener_whenStarted_thenOneSentenceSaysSo() {
        Answer answer = shell().run("mqtt:listener-start", "tcp:nothing");

        assertThat(answer.exitCode()).isEqualTo(1);
        assertThat(answer.err()).startsWith("marquetry: there is no listener tcp:nothing; there are [");
    }

    @Test
    void givenLinesOnTheInput_whenOneFails_thenTheOthersRunAndTheExitCodeIsOne() {
        Answer answer = shell().run(
                        "mqtt:metrics --no-format sessions.count\nmqtt:nonsense\n\nmqtt:metrics --no-format topics.count\n",
                        new String[0]);

        assertThat(answer.exitCode()).isEqualTo(1);
        assertThat(answer.lines()).hasSize(2);
        assertThat(answer.err()).contains("mqtt:nonsense");
    }

    @Test
    void givenNoBroker_whenACommandIsRun_thenOneSentenceSaysSo(@TempDir Path nothing) {
        Answer answer = new OperatorShell(nothing).run("mqtt:metrics");

        assertThat(answer.exitCode()).isEqualTo(3);
        assertThat(answer.err())
                .isEqualTo("marquetry: no broker runs on " + nothing + "; bin/marquetry start starts one\n");
    }

    @Test
    void givenRunningBroker_whenItsSocketIsLookedAt_thenOnlyTheOwnerOfItsFilesMayUseIt() throws Exception {
        Path directory = broker().process().base().resolve("data/shell");
        shell().run("mqtt:metrics");

        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(directory.resolve("socket"));
        }
        assertThat(Files.getPosixFilePermissions(directory))
                .hasSize(3)
                .allMatch(p -> p.name().startsWith("OWNER_"));
        assertThat(Files.getPosixFilePermissions(directory.resolve("socket")))
                .hasSize(2)
                .allMatch(p -> p.name().startsWith("OWNER_"));
    }
}
