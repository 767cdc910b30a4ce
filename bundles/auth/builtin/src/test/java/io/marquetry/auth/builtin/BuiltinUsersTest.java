// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.builtin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.admin.User;
import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.auth.support.PasswordScheme;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BuiltinUsersTest {
    /** SHA-256 of {@code salt} and {@code public}. */
    private static final String HASH = "f2ef7f9aedb2c3b5040bc16691a1177758a92ad91e1ee77770215a332bf6099f";

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("auth/users");
    }

    @Test
    void givenUser_whenAdded_thenHeIsLetInAlsoAfterRestart() throws IOException {
        BuiltinUsers users = users("username");
        char[] password = "secret".toCharArray();

        users.add(new User("ada", false), password, false);
        users.add(new User("root", true), "power".toCharArray(), false);

        assertThat(password).containsOnly('\0');
        for (BuiltinUsers each : new BuiltinUsers[] {users, users("username")}) {
            assertThat(ask(each, "ada", "secret")).isEqualTo(AuthResult.ACCEPTED);
            assertThat(ask(each, "ada", "Secret")).isInstanceOf(AuthResult.Rejected.class);
            assertThat(((AuthResult.Accepted) ask(each, "root", "power")).superuser())
                    .isTrue();
            assertThat(ask(each, "eve", "secret")).isEqualTo(AuthResult.ABSTAINED);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(Files.readString(file)).doesNotContain("secret");
    }

    @Test
    void givenUserThere_whenAddedAgain_thenOnlyReplaceChangesHim() throws IOException {
        BuiltinUsers users = users("username");
        users.add(new User("ada", false), "one".toCharArray(), false);

        assertThatThrownBy(() -> users.add(new User("ada", false), "two".toCharArray(), false))
                .hasMessage("expected a user who is not there yet, got ada");
        assertThat(ask(users, "ada", "one")).isEqualTo(AuthResult.ACCEPTED);
        users.add(new User("ada", false), "two".toCharArray(), true);

        assertThat(ask(users, "ada", "one")).isInstanceOf(AuthResult.Rejected.class);
        assertThat(ask(users, "ada", "two")).isEqualTo(AuthResult.ACCEPTED);
    }

    @Test
    void givenUsersByClientIdentifier_whenAsked_thenThatCounts() throws IOException {
        BuiltinUsers users = users("clientid");

        users.add(new User("c", false), "secret".toCharArray(), false);

        assertThat(ask(users, "whoever", "secret")).isEqualTo(AuthResult.ACCEPTED);
    }

    @Test
    void givenUsers_whenDeletedAndListed_thenTheRestIsThereInOrder() throws IOException {
        BuiltinUsers users = users("username");
        for (String name : new String[] {"c", "a", "b"}) {
            users.add(new User(name, false), "x".toCharArray(), false);
        }

        assertThat(users.delete("b")).isTrue();
        assertThat(users.delete("b")).isFalse();
        assertThat(users.list("", 10)).extracting(User::name).containsExactly("a", "c");
        assertThat(users.list("", 1)).extracting(User::name).containsExactly("a");
        assertThat(users.list("c", 10)).extracting(User::name).containsExactly("c");
    }

    @ParameterizedTest
    @CsvSource({
        "csv, 'user_id,password_hash,salt,is_superuser\nada,f2ef7f9aedb2c3b5040bc16691a1177758a92ad91e1ee77770215a332bf6099f,salt,true\n\"b,b\",f2ef7f9aedb2c3b5040bc16691a1177758a92ad91e1ee77770215a332bf6099f,salt,\n'",
        "json, '[{\"user_id\":\"ada\",\"password_hash\":\"f2ef7f9aedb2c3b5040bc16691a1177758a92ad91e1ee77770215a332bf6099f\",\"salt\":\"salt\",\"is_superuser\":true},"
                + "{\"user_id\":\"b,b\",\"password_hash\":\"f2ef7f9aedb2c3b5040bc16691a1177758a92ad91e1ee77770215a332bf6099f\",\"salt\":\"salt\"}]'"
    })
    void givenUsersOfAnotherSystem_whenImported_thenTheirPasswordsCount(String format, String text) throws IOException {
        BuiltinUsers users = users("username");

        int count = users.importFrom(new ByteArrayInputStream(text.getBytes(UTF_8)), format);

        assertThat(count).isEqualTo(2);
        for (BuiltinUsers each : new BuiltinUsers[] {users, users("username")}) {
            assertThat(((AuthResult.Accepted) ask(each, "ada", "public")).superuser())
                    .isTrue();
            assertThat(ask(each, "b,b", "public")).isEqualTo(AuthResult.ACCEPTED);
            assertThat(ask(each, "b,b", "Public")).isInstanceOf(AuthResult.Rejected.class);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "csv, 'name,hash\n', line 1: expected the heading",
        "csv, 'user_id,password_hash\nada,f2ef7f9aedb2c3b5040bc16691a1177758a92ad91e1ee77770215a332bf6099f\nbob\n', 'line 3: expected 2 values, got 1'",
        "csv, 'user_id,password_hash\nada,tooshort\n', line 2: expected a hash of 32 bytes",
        "csv, 'user_id,password_hash,is_superuser\nada,f2ef7f9aedb2c3b5040bc16691a1177758a92ad91e1ee77770215a332bf6099f,maybe\n', line 2: expected is_superuser",
        "csv, 'user_id,password_hash\nada,f2ef7f9aedb2c3b5040bc16691a1177758a92ad91e1ee77770215a332bf6099f\nada,f2ef7f9aedb2c3b5040bc16691a1177758a92ad91e1ee77770215a332bf6099f\n', line 3: expected each user once",
        "json, '{}', expected a JSON array",
        "json, '[{\"user_id\":\"ada\"}]', element 1: expected a password_hash",
        "json, '[{\"user_id\":\"ada\",', line 1: expected JSON",
        "xml, x, 'expected the format csv or json, got \"xml\"'"
    })
    void givenBadImport_whenRead_thenTheSentenceSaysWhereAndNothingChanges(String format, String text, String sentence)
            throws IOException {
        BuiltinUsers users = users("username");
        users.add(new User("ada", false), "secret".toCharArray(), false);

        assertThatThrownBy(() -> users.importFrom(new ByteArrayInputStream(text.getBytes(UTF_8)), format))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(sentence);
        assertThat(users.list("", 10)).containsExactly(new User("ada", false));
        assertThat(ask(users, "ada", "secret")).isEqualTo(AuthResult.ACCEPTED);
    }

    @ParameterizedTest
    @CsvSource({"'', x, name", "'a\tb', x, name", "ada, '', password"})
    void givenNameOrPasswordThatIsNone_whenAdded_thenRefused(String name, String password, String word)
            throws IOException {
        BuiltinUsers users = users("username");

        assertThatThrownBy(() -> users.add(new User(name, false), password.toCharArray(), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected a " + word);
        assertThat(users.list("", 10)).isEmpty();
    }

    @Test
    void givenDamagedStore_whenOpened_thenTheSentenceNamesTheLine() throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "ada\tbad\t\n");

        assertThatThrownBy(() -> users("username")).hasMessageContaining("users, line 1: expected a hash");
    }

    private BuiltinUsers users(String idType) throws IOException {
        return new BuiltinUsers(file, idType, 1000, new PasswordScheme("sha256", "prefix", "sha256", 1, 0));
    }

    private static AuthResult ask(BuiltinUsers users, String user, String password) {
        ClientInfo client =
                new ClientInfo("c", user, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");
        return users.authenticate(new Credentials(client, password.getBytes(UTF_8)))
                .toCompletableFuture()
                .join();
    }
}
