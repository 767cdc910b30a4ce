// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With hashes that mosquitto_passwd has made of the password {@code public}. */
class FileAuthenticatorTest {
    private static final String PBKDF2 =
            "$7$101$C5oqLIGhdUG2aLlu$rkwsz42KX6dzxTTbsgreX3F0nB8HYIEm1B4YcxC1IdBZZmvgx41vmLUfaon9wdmtdpcgeMeEvcxdZIMu/ZaLtQ==";
    private static final String SHA512 =
            "$6$iBbLtajlFPIDBYd+$MBKJe5b0d5nBo47PRpsWNcclJSILl17yP/jg0yBFhd01sWoCGeRo2cKmbbl3NOS67tIuNClsxK8zgs3SXhYexA==";
    private static final AuthResult REJECTED = new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD);

    @TempDir
    Path directory;

    private int writes;

    private Path write(String text) throws IOException {
        Path file = directory.resolve("users");
        Files.writeString(file, text);
        // Two writes within one tick of the clock of the file system would look like one.
        return Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000L + 1_000L * ++writes));
    }

    private AuthResult ask(Map<String, Object> keys, @Nullable String user, @Nullable String password) {
        FileAuthenticator authenticator = new FileAuthenticator(directory.toString(), keys);
        try {
            ClientInfo client =
                    new ClientInfo("c", user, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");
            byte[] bytes = password == null ? null : password.getBytes(UTF_8);
            return authenticator
                    .authenticate(new Credentials(client, bytes))
                    .toCompletableFuture()
                    .join();
        } finally {
            authenticator.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ada, public, accepted",
        "bob, public, accepted",
        "ada, Public, rejected",
        "ada, , rejected",
        "eve, public, abstained",
        ", public, abstained"
    })
    void givenUsers_whenAsked_thenOnlyTheRightPasswordIsAccepted(
            @Nullable String user, @Nullable String password, String expected) throws IOException {
        write("# ours\n\nada:" + PBKDF2 + "\r\nbob:" + SHA512 + "\n");

        AuthResult answer = ask(Map.of("path", "users"), user, password);

        assertThat(answer)
                .isEqualTo(
                        switch (expected) {
                            case "accepted" -> AuthResult.ACCEPTED;
                            case "rejected" -> REJECTED;
                            default -> AuthResult.ABSTAINED;
                        });
    }

    @Test
    void givenUnknownUsersAreRejected_whenOneComes_thenRejected() throws IOException {
        write("ada:" + PBKDF2);

        assertThat(ask(Map.of("path", "users", "unknownUser", "reject"), "eve", "public"))
                .isEqualTo(REJECTED);
        assertThat(ask(Map.of("path", "users", "unknownUser", "reject"), null, null))
                .isEqualTo(REJECTED);
    }

    @ParameterizedTest
    @CsvSource({
        "'ada', 'line 2: expected NAME:HASH, got no colon'",
        "':x', 'line 2: expected NAME:HASH, got no name'",
        "'ada:geheim', 'line 2: expected a hash that begins with $7$, $6$ or $2'",
        "'ada:$7$x$y$z', 'line 2: expected the number of iterations'",
        "'ada:$argon2id$v=19', 'line 2: expected a hash by mosquitto_passwd'"
    })
    void givenBrokenLine_whenRead_thenTheSentenceSaysWhereAndWhatWithoutTheSecret(String line, String sentence) {
        assertThatThrownBy(() -> FileUsers.parse(List.of("# users", line)))
                .hasMessageStartingWith(sentence)
                .hasMessageNotContaining("geheim");
    }

    @Test
    void givenUserTwice_whenRead_thenRefused() {
        assertThatThrownBy(() -> FileUsers.parse(List.of("ada:" + PBKDF2, "ada:" + SHA512)))
                .hasMessage("line 2: expected each user once, this one is in line 1 already");
    }

    @Test
    void givenEdit_whenItStandsStill_thenItIsInForce() throws IOException {
        UserFile file = new UserFile(write("ada:" + PBKDF2));

        write("bob:" + SHA512);

        file.look();
        assertThat(file.users().has("ada")).as("it may be half written").isTrue();
        file.look();
        assertThat(file.users().has("ada")).isFalse();
        assertThat(file.users().has("bob")).isTrue();
    }

    @Test
    void givenBrokenEditOrNoFile_whenLookedAt_thenTheUsersOfBeforeStay() throws IOException {
        Path path = write("ada:" + PBKDF2);
        UserFile file = new UserFile(path);

        write("ada:" + PBKDF2 + "\nbob");
        file.look();
        file.look();
        assertThat(file.users().has("ada")).isTrue();

        Files.delete(path);
        file.look();
        assertThat(file.users().has("ada")).isTrue();
    }

    @Test
    void givenBrokenFileAtTheStart_whenAsked_thenItIsAnErrorUntilItIsRepaired() throws IOException {
        UserFile file = new UserFile(write("ada"));
        assertThatThrownBy(file::users)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("line 1: expected NAME:HASH");

        write("ada:" + PBKDF2);
        file.look();
        file.look();

        assertThat(file.users().has("ada")).isTrue();
    }

    @Test
    void givenNoFile_whenAsked_thenItIsAnErrorThatSaysHowToMakeOne() {
        assertThatThrownBy(() -> ask(Map.of(), "ada", "public")).hasMessageContaining("mosquitto_passwd -c");
    }

    @Test
    void givenWrongKey_whenActivated_thenTheSentenceNamesIt() {
        assertThatThrownBy(() -> ask(Map.of("unknownUser", "maybe"), "ada", "public"))
                .hasMessageContaining("conf/io.marquetry.auth.file.cfg")
                .hasMessageContaining("unknownUser = maybe: expected");
    }
}
