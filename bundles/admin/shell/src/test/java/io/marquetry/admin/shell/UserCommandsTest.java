// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.admin.User;
import io.marquetry.api.admin.Users;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserCommandsTest {
    /** Keeps users as they come. */
    private static final class StandInUsers implements Users {
        private final TreeMap<String, User> users = new TreeMap<>();
        private String said = "";

        @Override
        public void add(User user, char[] password, boolean replace) {
            said = new String(password);
            if (users.containsKey(user.name()) && !replace) {
                throw new IllegalArgumentException("expected a new name");
            }
            users.put(user.name(), user);
        }

        @Override
        public boolean delete(String name) {
            return users.remove(name) != null;
        }

        @Override
        public List<User> list(String namePart, int limit) {
            return users.values().stream()
                    .filter(user -> user.name().contains(namePart))
                    .limit(limit)
                    .toList();
        }

        @Override
        public int importFrom(InputStream in, String format) throws IOException {
            said = format + ":" + new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return 7;
        }
    }

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
    void givenNoPassword_whenAdded_thenTheSentenceSaysHow() {
        assertThat(shell.run("mqtt:user-add ada").sentence()).contains("expected one of --password-file FILE");
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
