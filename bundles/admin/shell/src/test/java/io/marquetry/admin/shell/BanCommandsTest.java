// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.admin.shell.TestShell.Answer;
import io.marquetry.api.admin.Ban;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BanCommandsTest {
    private final StandInBans bans = new StandInBans();
    private final TestShell shell = new TestShell(bans);

    @AfterEach
    void closeShell() {
        shell.close();
    }

    @Test
    void givenKindWhoReasonAndLength_whenAdded_thenTheBanHasThem() {
        Answer answer = shell.run("mqtt:ban-add --reason 'sends rubbish' --for 5m clientid bad-1");

        assertThat(answer.failure()).isNull();
        assertThat(answer.out()).startsWith("banned clientid bad-1 until 20");
        Ban ban = bans.bans.get(0);
        assertThat(ban.as()).isEqualTo(Ban.Kind.CLIENTID);
        assertThat(ban.who()).isEqualTo("bad-1");
        assertThat(ban.by()).isEqualTo("shell");
        assertThat(ban.reason()).isEqualTo("sends rubbish");
        assertThat(ban.until() - ban.at()).isEqualTo(300_000);
    }

    @Test
    void givenNoLength_whenAdded_thenItNeverEnds() {
        Answer answer = shell.run("mqtt:ban-add peerhost_net 10.0.0.0/8");

        assertThat(answer.out()).isEqualToIgnoringNewLines("banned peerhost_net 10.0.0.0/8");
        assertThat(bans.bans.get(0).until()).isEqualTo(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mqtt:ban-add nobody x | expected one of the kinds clientid, username, peerhost, clientid_re,",
                "mqtt:ban-add --for soon clientid x | expected --for to be a length such as 30s, 5m, 12h or 7d, got soon",
                "mqtt:ban-add --for 0m clientid x | expected --for to be a length",
                "mqtt:ban-delete clientid x | there is no ban of the clientid x; mqtt:ban-list shows those there are"
            })
    void givenMistake_whenRun_thenTheSentenceSaysWhatWasExpected(String line, String sentence) {
        assertThat(shell.run(line).sentence()).startsWith(sentence);
        assertThat(bans.bans).isEmpty();
    }

    @Test
    void givenBans_whenListedAndDeleted_thenEachIsALineAndGone() {
        bans.add(new Ban(Ban.Kind.USERNAME, "u", "shell", "", 1_700_000_000_000L, Long.MAX_VALUE));
        bans.add(new Ban(Ban.Kind.CLIENTID, "c", "flapping detector", "why", 1_700_000_000_000L, 1_700_000_300_000L));

        assertThat(shell.run("mqtt:ban-list --no-format").lines())
                .containsExactly(
                        "username\tu\tnever\t2023-11-14T22:13:20Z\tshell\t-",
                        "clientid\tc\t2023-11-14T22:18:20Z\t2023-11-14T22:13:20Z\tflapping detector\twhy");
        assertThat(shell.run("mqtt:ban-list --limit 1").err()).startsWith("bans: 1 shown, 1 left out");
        assertThat(shell.run("mqtt:ban-delete username u").failure()).isNull();
        assertThat(bans.bans).extracting(Ban::who).containsExactly("c");
    }
}
