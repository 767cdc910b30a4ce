// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.admin.shell.TestShell.Answer;
import io.marquetry.api.admin.SubscriptionInfo;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands as the shell finds, parses and runs them. */
class CommandsTest {
    private final StandInClients clients = new StandInClients();
    private final StandInListeners listeners = new StandInListeners();
    private final StandInSubscriptions subscriptions = new StandInSubscriptions(List.of(
            new SubscriptionInfo("a", "t/1", 0, false, false),
            new SubscriptionInfo("a", "t/2", 1, true, false),
            new SubscriptionInfo("b", "t/1", 2, false, true)));
    private final TestShell shell = new TestShell(
            clients,
            listeners,
            subscriptions,
            StandInMetrics.gauges(Map.of("sessions.count", 250L, "subscriptions.count", 9L, "topics.count", 2L)));

    @AfterEach
    void closeShell() {
        shell.close();
    }

    @Test
    void givenClients_whenListedRaw_thenEachIsOneLineOfTabs() {
        clients.online("on").offline("off");

        Answer answer = shell.run("mqtt:client-list --no-format");

        assertThat(answer.lines())
                .containsExactly(
                        "off\t-\t-\t-\t-\tfalse\t2023-11-14T22:15:00Z\t2\t1\t7\t3",
                        "on\tuser\t127.0.0.1:4711\ttcp:default\t5.0\ttrue\t2023-11-14T22:13:20Z\t2\t1\t7\t3");
        assertThat(answer.failure()).isNull();
    }

    @Test
    void givenMoreClientsThanTheLimit_whenListed_thenTheNumberLeftOutIsSaidBesideTheTable() {
        IntStream.range(0, 250).forEach(i -> clients.online("c%03d".formatted(i)));

        Answer all = shell.run("mqtt:client-list --no-format");
        Answer some = shell.run("mqtt:client-list --no-format --filter c1 --limit 3");
        Answer connected = shell.run("mqtt:client-list --no-format --connected --limit 7");

        assertThat(all.lines()).hasSize(100);
        assertThat(all.err()).startsWith("clients: 100 shown, 150 left out;");
        assertThat(some.lines()).hasSize(3).allMatch(line -> line.startsWith("c10"));
        assertThat(some.err()).startsWith("clients: 3 shown, 97 left out;");
        assertThat(connected.lines()).hasSize(7);
        assertThat(connected.err()).startsWith("clients: 7 shown, 243 left out;");
    }

    @Test
    void givenClients_whenOnlyConnectedOnesAreAskedFor_thenOthersAreNotShown() {
        clients.online("on").offline("off");

        Answer answer = shell.run("mqtt:client-list --connected");

        assertThat(answer.out()).contains("Client", "on ", "tcp:default").doesNotContain("off ");
        assertThat(answer.err()).isEmpty();
    }

    @Test
    void givenNameThatWouldDriveTheTerminal_whenListed_thenItIsWrittenOut() {
        clients.online("evil\u001b[2J\nkicked\u202e");

        Answer answer = shell.run("mqtt:client-list --no-format");

        assertThat(answer.lines()).hasSize(1);
        assertThat(answer.out()).startsWith("evil\\u001B[2J\\u000Akicked\\u202E\t");
    }

    @Test
    void givenClient_whenAskedFor_thenEverythingOfItIsTold() {
        clients.online("on").offline("off");

        Answer on = shell.run("mqtt:client-info --no-format on");
        Answer off = shell.run("mqtt:client-info --no-format off");

        assertThat(on.lines())
                .contains(
                        "client\ton",
                        "connected\ttrue",
                        "address\t127.0.0.1:4711",
                        "session since\t2023-11-14T22:13:19Z",
                        "session ends\t300 s after the connection",
                        "bytes of both\t4096",
                        "dropped\t3");
        assertThat(off.lines()).contains("connected\tfalse", "disconnected at\t2023-11-14T22:15:00Z");
    }

    @Test
    void givenClient_whenKicked_thenItIsAskedForByItsName() {
        clients.online("on");

        Answer answer = shell.run("mqtt:client-kick on");

        assertThat(answer.out()).isEqualTo("kicked on\n");
        assertThat(clients.kicked).containsExactly("on");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mqtt:client-info nobody", "mqtt:client-kick nobody", "mqtt:subscription-list nobody"})
    void givenNoSuchClient_whenAskedFor_thenTheCommandFailsWithASentence(String line) {
        Answer answer = shell.run(line);

        assertThat(answer.sentence()).startsWith("there is no session with the client identifier nobody;");
        assertThat(answer.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"mqtt:client-list", "mqtt:subscription-list", "mqtt:topic-list"})
    void givenLimitOfNothing_whenListed_thenTheCommandFailsWithASentence(String command) {
        Answer answer = shell.run(command + " --limit 0");

        assertThat(answer.sentence()).isEqualTo("expected --limit to be 1 or more, got 0");
    }

    @Test
    void givenSubscriptions_whenListed_thenTheirOptionsAreTold() {
        clients.online("a");

        Answer all = shell.run("mqtt:subscription-list --no-format");
        Answer ofOne = shell.run("mqtt:subscription-list --no-format --limit 1 a");

        assertThat(all.lines())
                .containsExactly("a\tt/1\t0\tfalse\tfalse", "a\tt/2\t1\ttrue\tfalse", "b\tt/1\t2\tfalse\ttrue");
        assertThat(all.err()).startsWith("subscriptions: 3 shown, 6 left out;");
        assertThat(ofOne.lines()).containsExactly("a\tt/1\t0\tfalse\tfalse");
        assertThat(ofOne.err()).startsWith("subscriptions: 1 shown, 1 left out;");
    }

    @Test
    void givenSubscriptions_whenTopicsAreListed_thenEachFilterIsThereOnce() {
        Answer answer = shell.run("mqtt:topic-list --no-format");

        assertThat(answer.lines()).containsExactly("t/1", "t/2");
        assertThat(answer.err()).isEmpty();
    }

    @Test
    void givenMetrics_whenShown_thenCountersGaugesAndAccountComeTogether() {
        Answer all = shell.run("mqtt:metrics --no-format");
        Answer some = shell.run("mqtt:metrics --no-format messages");
        Answer none = shell.run("mqtt:metrics nothing");

        assertThat(all.lines())
                .containsExactly(
                        "counter\tmessages.received\t5",
                        "counter\tpackets.received\t9",
                        "gauge\tsessions.count\t250",
                        "gauge\tsubscriptions.count\t9",
                        "gauge\ttopics.count\t2",
                        "accounting\trouted\t4");
        assertThat(some.lines()).containsExactly("counter\tmessages.received\t5");
        assertThat(none.sentence()).isEqualTo("no metric begins with nothing; without a prefix all are shown");
    }

    @Test
    void givenListeners_whenListed_thenCountsAreWrittenAsTheReferenceDoes() {
        Answer answer = shell.run("mqtt:listener-list --no-format");

        assertThat(answer.lines())
                .containsExactly(
                        "tcp:default\t127.0.0.1:1883\ttrue\ttrue\tfalse\t3\tinfinity"
                                + "\t[{keepalive_timeout,1},{normal,4}]\t[{handshakes.resumed,2}]\t-",
                        "tcp:taken\t127.0.0.1:1883\ttrue\tfalse\tfalse\t0\t1000"
                                + "\t[{keepalive_timeout,1},{normal,4}]\t[{handshakes.resumed,2}]\tthe port is taken");
    }

    @ParameterizedTest
    @ValueSource(strings = {"start", "stop", "restart"})
    void givenListener_whenChanged_thenItIsShownAsItIsThen(String verb) {
        Answer answer = shell.run("mqtt:listener-" + verb + " --no-format tcp:default");

        assertThat(listeners.calls).containsExactly(verb + " tcp:default");
        assertThat(answer.lines().get(0))
                .startsWith("tcp:default\t127.0.0.1:1883\ttrue\t" + !verb.equals("stop") + "\t");
        assertThat(answer.failure()).isNull();
    }

    @Test
    void givenListenerThatCannotBeOpened_whenStarted_thenTheCommandFailsWithItsProblem() {
        Answer taken = shell.run("mqtt:listener-start tcp:taken");
        Answer unknown = shell.run("mqtt:listener-start tcp:nothing");

        assertThat(taken.sentence()).isEqualTo("listener tcp:taken does not run: the port is taken");
        assertThat(unknown.sentence())
                .isEqualTo("there is no listener tcp:nothing; there are [tcp:default, tcp:taken]");
    }

    @Test
    void givenServiceThatGoesAndComes_whenAskedFor_thenTheCommandSaysSoAndWorksAgain() {
        shell.unregister(listeners);
        Answer gone = shell.run("mqtt:listener-list");
        Answer other = shell.run("mqtt:topic-list");
        shell.register(listeners);
        Answer back = shell.run("mqtt:listener-list");

        assertThat(gone.sentence()).startsWith("the broker does not offer its listeners now:");
        assertThat(other.failure()).isNull();
        assertThat(back.failure()).isNull();
    }
}
