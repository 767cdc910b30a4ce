// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.admin.shell.TestShell.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code mqtt:authz-check} and {@code mqtt:authz-cache-clean}. */
class AuthzCommandsTest {
    private final StandInAccess access = new StandInAccess();
    private final TestShell shell = new TestShell(access);

    @AfterEach
    void closeShell() {
        shell.close();
    }

    @Test
    void givenClient_whenItsRightIsChecked_thenAnswerAndRuleAreShown() {
        Answer answer = shell.run("mqtt:authz-check --no-format --qos 1 --retain on publish a");

        assertThat(answer.failure()).isNull();
        assertThat(answer.lines()).containsExactly("allowed\ttrue", "by\tauth.acl", "rule\tacl.conf:1 {allow, all}.");
        assertThat(access.asked).containsExactly("Publish[qos=AT_LEAST_ONCE, retain=true] a");
    }

    @ParameterizedTest
    @CsvSource({
        "off publish a, no client is connected with the identifier off",
        "on write a, 'expected publish or subscribe, got write'",
        "--qos 3 on publish a, 'expected --qos to be 0, 1 or 2, got 3'",
        "--retain on subscribe a, expected --retain with publish only"
    })
    void givenQuestionThatCannotBeAnswered_whenAsked_thenASentenceSaysWhy(String words, String sentence) {
        Answer answer = shell.run("mqtt:authz-check " + words);

        assertThat(answer.sentence()).startsWith(sentence);
    }

    @Test
    void givenDecisions_whenTheyAreCleaned_thenThoseOfOneClientOrOfAllAreForgotten() {
        Answer one = shell.run("mqtt:authz-cache-clean on");
        Answer all = shell.run("mqtt:authz-cache-clean");
        Answer nobody = shell.run("mqtt:authz-cache-clean off");

        assertThat(one.lines()).containsExactly("forgot the decisions about on");
        assertThat(all.lines()).containsExactly("forgot every decision");
        assertThat(nobody.sentence()).startsWith("no client is connected with the identifier off");
        assertThat(access.asked).containsExactly("forget on", "forget", "forget off");
    }
}
