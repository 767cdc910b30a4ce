// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.auth.support.StoredPassword;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileAuthenticatorTest {
    private static final String ADA =
            "ada:" + StoredPassword.hash("secret".getBytes(UTF_8), 10).text();
    private static final String BOB =
            "bob:" + StoredPassword.hash("other".getBytes(UTF_8), 10).text();

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("users");
    }

    @Test
    void givenUsers_whenAsked_thenOnlyTheRightPasswordIsAccepted() throws IOException {
        Files.writeString(file, "# people\n\n" + ADA + "\n" + BOB + "\n");
        FileAuthenticator authenticator = new FileAuthenticator(file, "abstain");

        assertThat(ask(authenticator, "ada", "secret")).isEqualTo(AuthResult.ACCEPTED);
        assertThat(ask(authenticator, "ada", "secret")).isEqualTo(AuthResult.ACCEPTED);
        assertThat(ask(authenticator, "ada", "other")).isInstanceOf(AuthResult.Rejected.class);
        assertThat(ask(authenticator, "ada", null)).isInstanceOf(AuthResult.Rejected.class);
        assertThat(ask(authenticator, "eve", "secret")).isEqualTo(AuthResult.ABSTAINED);
        assertThat(ask(authenticator, null, "secret")).isEqualTo(AuthResult.ABSTAINED);
        authenticator.close();
    }

    @Test
    void givenUnknownUsersRejected_whenAsked_thenTheyAre() throws IOException {
        Files.writeString(file, ADA);
        FileAuthenticator authenticator = new FileAuthenticator(file, "reject");

        assertThat(ask(authenticator, "eve", "secret")).isInstanceOf(AuthResult.Rejected.class);
        authenticator.close();
    }

    @Test
    void givenUsers_whenTheFileIsBroken_thenThoseOfBeforeStay() throws IOException {
        Files.writeString(file, ADA + "\n");
        UserFile users = new UserFile(file);
        users.read();

        Files.writeString(file, ADA + "\nbob\n");
        users.read();
        assertThat(users.find("ada")).isNotNull();
        assertThat(users.isUsable()).isTrue();

        Files.writeString(file, BOB + "\n");
        users.read();
        assertThat(users.find("ada")).isNull();
        assertThat(users.find("bob")).isNotNull();
    }

    @Test
    void givenNoFileAtTheStart_whenAsked_thenItIsAnErrorUntilThereIsOne() throws IOException {
        FileAuthenticator authenticator = new FileAuthenticator(file, "abstain");
        assertThatThrownBy(() -> ask(authenticator, "ada", "secret"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("could not be read");
        authenticator.close();

        Files.writeString(file, ADA);
        FileAuthenticator again = new FileAuthenticator(file, "abstain");
        assertThat(ask(again, "ada", "secret")).isEqualTo(AuthResult.ACCEPTED);
        again.close();
    }

    @Test
    void givenWordThatIsNone_whenConfigured_thenTheSentenceListsThem() {
        assertThatThrownBy(() -> new FileAuthenticator(file, "perhaps"))
                .hasMessage("expected unknownUser to be one of abstain, reject, got \"perhaps\"");
    }

    private static AuthResult ask(FileAuthenticator authenticator, @Nullable String user, @Nullable String password) {
        ClientInfo client =
                new ClientInfo("c", user, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");
        return authenticator
                .authenticate(new Credentials(client, password == null ? null : password.getBytes(UTF_8)))
                .toCompletableFuture()
                .join();
    }
}
