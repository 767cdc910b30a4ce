// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.admin.shell.TestShell.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The commands about extensions as the shell finds, parses and runs them. */
class ExtensionCommandsTest {
    private final StandInExtensions extensions = new StandInExtensions();
    private final TestShell shell = new TestShell(extensions);

    @AfterEach
    void closeShell() {
        shell.close();
    }

    @Test
    void givenExtensions_whenListedRaw_thenEachIsOneLineOfTabs() {
        Answer answer = shell.run("mqtt:extension-list --no-format");

        assertThat(answer.lines())
                .containsExactly(
                        "broken\t1.0.0\trolled_back\tfalse\t2023-11-14T22:13:20Z\tbroken.jar\tit threw",
                        "io.marquetry.auth.file\t1.0.0\tactive\ttrue\t2023-11-14T22:13:20Z\tio.marquetry.auth.file.jar\t-");
    }

    @Test
    void givenServices_whenTheTopIsAskedFor_thenTheDearestComesFirst() {
        Answer answer = shell.run("mqtt:extension-top --no-format");

        assertThat(answer.lines())
                .containsExactly(
                        "io.marquetry.auth.file\tGuard\tio.marquetry.auth.file\t1\t0\t0\t9\t9000.0\topen",
                        "io.marquetry.auth.file\tAuthenticator\tauth.file\t1000\t2\t1\t4\t4.0\tclosed");
    }

    @Test
    void givenShortName_whenInfoIsAskedFor_thenItsServicesAreTold() {
        Answer answer = shell.run("mqtt:extension-info --no-format auth.file");

        assertThat(answer.lines())
                .contains(
                        "state\tactive",
                        "Authenticator auth.file\tranking 5, 1000 calls, 2 failures, 1 pending, breaker closed");
    }

    @Test
    void givenUnknownName_whenInfoIsAskedFor_thenThoseThatAreThereAreNamed() {
        Answer answer = shell.run("mqtt:extension-info nobody");

        assertThat(answer.sentence())
                .isEqualTo("there is no extension nobody; there are [broken, io.marquetry.auth.file]");
    }

    @Test
    void givenReason_whenAskedWhy_thenItIsToldWithoutDrivingTheTerminal() {
        Answer answer = shell.run("mqtt:extension-why auth.file");

        assertThat(answer.lines()).containsExactly("auth.file is so", "because\\u001B of this");
    }

    @Test
    void givenCommands_whenRun_thenTheBrokerIsTold() {
        shell.run("mqtt:extension-install auth.file");
        shell.run("mqtt:extension-update auth.file /tmp/a.jar");
        shell.run("mqtt:extension-restart auth.file");
        shell.run("mqtt:extension-remove auth.file");
        Answer released = shell.run("mqtt:extension-release broken");

        assertThat(extensions.calls)
                .containsExactly(
                        "install auth.file",
                        "update auth.file /tmp/a.jar",
                        "restart auth.file",
                        "remove auth.file",
                        "release broken");
        assertThat(released.failure()).isNull();
    }

    @Test
    void givenExtensionThatIsNotWellThen_whenRestarted_thenTheCommandFailsWithWhatIsWrong() {
        Answer answer = shell.run("mqtt:extension-restart broken");

        assertThat(answer.sentence()).isEqualTo("extension broken is rolled_back: it threw");
        assertThat(answer.out()).contains("rolled_back");
    }
}
