// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import static io.marquetry.itests.support.Packets.connect;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.admin.OperatorShell;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.Distribution;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Version;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Users that the broker keeps, by the operator's shell. */
@OnlyMarquetry
class BuiltinAuthIT {
    private static final int BAD_USER_NAME_OR_PASSWORD = 0x86;

    private static BrokerProcess broker;

    @BeforeAll
    static void start() throws Exception {
        // Anonymous access is for the harness, which waits until somebody is let in.
        broker = BrokerProcess.start(BrokerSettings.defaults().env("MARQUETRY_MQTT__ALLOW_ANONYMOUS", "true"));
        assertThat(shell("mqtt:user-list")).contains("mqtt:extension-install auth.builtin");
        int mark = broker.log().mark();
        assertThat(shell("mqtt:extension-install", "auth.builtin")).contains("active");
        broker.log().await(mark, "authenticator of io.marquetry.auth.builtin is in force");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static String shell(String... words) throws Exception {
        String[] all = new String[words.length + 1];
        all[0] = "shell";
        System.arraycopy(words, 0, all, 1, words.length);
        return broker.command(all);
    }

    private static int answer(String name, String password) {
        try (Probe probe = Probe.open(broker.port(), Version.V5)) {
            probe.send(connect("c-" + name).username(name).password(password));
            return probe.await(Connack.class).code();
        }
    }

    @Test
    void givenUserFromTheShell_whenItConnects_thenItIsLetInOverARestartUntilItIsDeleted() throws Exception {
        Path secret = Files.writeString(broker.base().resolve("secret"), "from a file\n");
        assertThat(shell("mqtt:user-add", "--password-file", secret.toString(), "ada"))
                .isEqualTo("added ada\n");
        String[] generated = shell("mqtt:user-add", "--generate", "bob").split("\\s+");
        assertThat(answer("ada", "from a file")).isZero();
        assertThat(answer("ada", "wrong")).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
        assertThat(answer("bob", generated[generated.length - 1])).isZero();
        assertThat(answer("eve", "from a file")).isEqualTo(BAD_USER_NAME_OR_PASSWORD);

        broker.stop();
        broker.restart();

        assertThat(answer("ada", "from a file")).isZero();
        assertThat(shell("mqtt:user-list", "--no-format")).contains("ada\tfalse\nbob\tfalse\n");
        assertThat(shell("mqtt:user-delete", "ada")).isEqualTo("deleted ada\n");
        assertThat(answer("ada", "from a file")).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
    }

    @Test
    void givenPasswordOnTheInput_whenAdded_thenItCountsAndTheNextLineIsACommandAgain() {
        OperatorShell operator = new OperatorShell(broker.base());
        OperatorShell.Answer nothing = operator.run("", new String[] {"mqtt:user-add", "fay"});
        assertThat(nothing.exitCode()).isEqualTo(1);
        assertThat(nothing.err()).contains("expected a password, got an empty line");

        OperatorShell.Answer added = operator.run("ge heim\n", new String[] {"mqtt:user-add", "fay"});
        OperatorShell.Answer script = operator.run(
                "mqtt:user-add gil\nmqtt:user-delete fay\nmqtt:user-list --no-format --filter gil\n", new String[0]);

        assertThat(added.out()).isEqualTo("added fay\n");
        assertThat(script.out()).isEqualTo("added gil\ngil\tfalse\n");
        assertThat(answer("fay", "ge heim")).isZero();
        assertThat(answer("gil", "mqtt:user-delete fay")).isZero();
    }

    @Test
    void givenUsersOfAnotherSystem_whenImported_thenTheirPasswordsCount() throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest("saltpublic".getBytes(StandardCharsets.UTF_8));
        String line = "," + HexFormat.of().formatHex(hash) + ",salt,true\n";
        Path csv = broker.base().resolve("users.csv");
        Files.writeString(csv, "user_id,password_hash,salt,is_superuser\nboss" + line + "broken\n");

        assertThat(shell("mqtt:user-import", csv.toString())).contains("line 3: expected 4 values, got 1");
        assertThat(answer("boss", "public")).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
        Files.writeString(csv, "user_id,password_hash,salt,is_superuser\nboss" + line);
        assertThat(shell("mqtt:user-import", csv.toString())).isEqualTo("users taken over: 1\n");

        try (Probe boss = Probe.open(broker.port(), Version.V5)) {
            boss.connectOk(connect("boss").username("boss").password("public"));
            assertThat(shell("mqtt:client-info", "--no-format", "boss")).contains("superuser\ttrue");
        }
        assertThat(Distribution.home().resolve("extensions/marquetry-auth-builtin.jar"))
                .exists();
    }
}
