// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import static io.marquetry.itests.support.Packets.connect;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.ConnectPacket;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Version;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Bans by the operator's shell, and by the broker itself. */
@OnlyMarquetry
class BansIT {
    private static final int BANNED = 0x8A;
    private static final int ADMINISTRATIVE_ACTION = 0x98;
    private static final int REFUSED_IN_V3 = 5;

    private static BrokerProcess broker;

    @BeforeAll
    static void start() {
        broker = BrokerProcess.start(BrokerSettings.defaults()
                .env("MARQUETRY_FLAPPING__ENABLED", "true")
                .env("MARQUETRY_FLAPPING__MAX_COUNT", "4"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void givenConnectedClient_whenBanned_thenItIsEndedAndStaysOutOverARestartUntilTheBanIsDeleted() throws Exception {
        try (Probe bad = client(connect("bad"));
                Probe good = client(connect("good"))) {
            assertThat(shell("mqtt:ban-add", "--reason", "sends rubbish", "--for", "1h", "clientid", "bad"))
                    .startsWith("banned clientid bad until 20");

            bad.expectRefusal(ADMINISTRATIVE_ACTION);
            good.ping();
        }
        assertThat(answer(Version.V5, connect("bad"))).isEqualTo(BANNED);
        assertThat(answer(Version.V311, connect("bad"))).isEqualTo(REFUSED_IN_V3);

        broker.stop();
        broker.restart();

        assertThat(answer(Version.V5, connect("bad"))).isEqualTo(BANNED);
        assertThat(shell("mqtt:ban-list", "--no-format", "--filter", "bad"))
                .matches("clientid\tbad\t20\\S+Z\t20\\S+Z\tshell\tsends rubbish\n");
        assertThat(shell("mqtt:listener-list", "--no-format")).contains("{banned,");
        assertThat(shell("mqtt:ban-delete", "clientid", "bad")).isEqualTo("no longer banned: clientid bad\n");
        assertThat(answer(Version.V5, connect("bad"))).isZero();
    }

    @Test
    void givenUserByExpression_whenBanned_thenThoseItFindsAreEnded() throws Exception {
        try (Probe eve = client(connect("e1").username("eve-7"));
                Probe ada = client(connect("a1").username("ada"))) {
            shell("mqtt:ban-add", "username_re", "^eve-[0-9]+$");

            eve.expectRefusal(ADMINISTRATIVE_ACTION);
            ada.ping();
            assertThat(answer(Version.V5, connect("e2").username("eve-8"))).isEqualTo(BANNED);
        }
        shell("mqtt:ban-delete", "username_re", "^eve-[0-9]+$");
    }

    @Test
    void givenWhoThatIsNoSuchThing_whenBanned_thenOneSentenceSaysWhatWasExpected() throws Exception {
        assertThat(shell("mqtt:ban-add", "peerhost", "10.0.0.0/8"))
                .startsWith("marquetry: expected an address such as 10.1.2.3 or 2001:db8::1, got \"10.0.0.0/8\"");
    }

    @Test
    void givenClientThatComesAndGoes_whenTooOften_thenItIsBannedByTheBroker() throws Exception {
        for (int i = 0; i < 4; i++) {
            client(connect("flaps")).drop();
        }

        Patience.until("the fifth CONNECT to be refused", () -> answer(Version.V5, connect("flaps")) == BANNED);
        assertThat(shell("mqtt:ban-list", "--no-format", "--filter", "flaps"))
                .contains("\tflapping detector\t4 disconnects within 60 s\n");
        assertThat(answer(Version.V5, connect("stays"))).isZero();
    }

    private static String shell(String... words) throws Exception {
        String[] command = new String[words.length + 1];
        command[0] = "shell";
        System.arraycopy(words, 0, command, 1, words.length);
        return broker.command(command);
    }

    private static Probe client(ConnectPacket packet) {
        Probe probe = Probe.open(broker.port(), Version.V5);
        probe.connectOk(packet);
        return probe;
    }

    private static int answer(Version version, ConnectPacket packet) {
        try (Probe probe = Probe.open(broker.port(), version)) {
            return probe.connect(packet).code();
        }
    }
}
