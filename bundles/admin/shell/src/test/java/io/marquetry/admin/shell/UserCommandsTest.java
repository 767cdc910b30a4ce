// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserCommandsTest {
    @TempDir
    Path directory;

    private final StandInUsers users = new StandInUsers();
    private final TestShell shell = new TestShell(users);

    @AfterEach
    void close() {
        shell.close();
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    @Test
    void givenPasswordFile_whenAdded_thenItsFirstLineIsThePassword() throws IOException {
        Path password = file("password", "ge heim\r\nnot this\n");

        assertThat(shell.run("mqtt:user-add --superuser --password-file " + password + " ada")
                        .lines())
                .containsExactly("added ada");

        assertThat(users.said).isEqualTo("ge heim");
        assertThat(shell.run("mqtt:user-list --no-format").lines()).containsExactly("ada\ttrue");
    }

    @Test
    void givenUser_whenAddedAgain_thenOnlyWithReplace() throws IOException {
        Path password = file("password", "x");
        shell.run("mqtt:user-add --password-file " + password + " ada");

        assertThat(shell.run("mqtt:user-add --password-file " + password + " ada")
                        .sentence())
                .contains("expected a new name");
        assertThat(shell.run("mqtt:user-add --replace --password-file " + password + " ada")
                        .failure())
                .isNull();
    }

    @Test
    void givenGenerate_whenAdded_thenThePasswordIsPrintedOnce() {
        List<String> printed = shell.run("mqtt:user-add --generate ada").lines();

        assertThat(printed).containsExactly("added ada", "password " + users.said);
        assertThat(users.said).hasSize(20);
    }

    @Test
    void givenNoPassword_whenAdded_thenTheSentenceSaysHow() throws IOException {
        assertThat(shell.run("mqtt:user-add ada").sentence()).contains("nobody can be asked", "--password-file FILE");
        assertThat(shell.run("mqtt:user-add --generate --password x ada").sentence())
                .contains("expected at most one of --password-file FILE");
        assertThat(shell.run("mqtt:user-add --password-file " + file("empty", "") + " ada")
                        .sentence())
                .contains("expected a password, got an empty line");
        assertThat(shell.run("mqtt:user-add --password-file not/there ada").sentence())
                .contains("expected --password-file to name a file");
    }

    @Test
    void givenUser_whenDeletedTwice_thenTheSecondSaysSo() throws IOException {
        shell.run("mqtt:user-add --password-file " + file("password", "x") + " ada");

        assertThat(shell.run("mqtt:user-delete ada").lines()).containsExactly("deleted ada");
        assertThat(shell.run("mqtt:user-delete ada").sentence()).contains("there is no user ada");
    }

    @Test
    void givenFile_whenImported_thenItsNameSaysTheFormat() throws IOException {
        assertThat(shell.run("mqtt:user-import " + file("u.csv", "a")).lines()).containsExactly("users taken over: 7");
        assertThat(users.said).isEqualTo("csv:a");

        shell.run("mqtt:user-import --format json " + file("u.txt", "b"));
        assertThat(users.said).isEqualTo("json:b");
    }

    @Test
    void givenNoExtension_whenAsked_thenTheSentenceSaysWhichToInstall() {
        shell.unregister(users);

        assertThat(shell.run("mqtt:user-list").sentence()).contains("auth.builtin");
    }
}
