// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import static io.marquetry.itests.support.Packets.connect;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.Distribution;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Tool;
import io.marquetry.itests.support.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Users of a file that {@code mosquitto_passwd} has made, and that is edited while the broker runs. */
@OnlyMarquetry
class FileAuthIT {
    private static final int BAD_USER_NAME_OR_PASSWORD = 0x86;
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private BrokerProcess broker;
    private Path users;

    @BeforeEach
    void start() throws Exception {
        broker = BrokerProcess.start(BrokerSettings.defaults());
        users = broker.base().resolve("conf/users");
        passwd("-c", "ada", "secret", "sha512-pbkdf2");
        passwd(null, "bob", "other", "sha512");
        int mark = broker.log().mark();
        Files.copy(
                Distribution.home().resolve("extensions/marquetry-auth-file.jar"),
                broker.base().resolve("deploy/marquetry-auth-file.jar"));
        broker.log().await(mark, "authenticator of io.marquetry.auth.file is in force");
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private void passwd(@Nullable String create, String name, String password, String hash) throws Exception {
        List<String> words = new ArrayList<>(List.of(Tool.path("mosquitto_passwd", "mosquitto"), "-H", hash, "-b"));
        if (create != null) {
            words.add(create);
        }
        words.addAll(List.of(users.toString(), name, password));
        Tool.run(broker.base(), LIMIT, words);
    }

    private int answer(String name, String password) {
        try (Probe probe = Probe.open(broker.port(), Version.V5)) {
            probe.send(connect("c-" + name).username(name).password(password));
            return probe.await(Connack.class).code();
        }
    }

    @Test
    void givenUsers_whenTheyConnect_thenOnlyTheRightPasswordIsLetIn() {
        assertThat(broker.base().resolve("conf/io.marquetry.auth.file.cfg")).exists();
        assertThat(answer("ada", "secret")).isZero();
        assertThat(answer("bob", "other")).isZero();
        assertThat(answer("ada", "other")).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
        assertThat(answer("eve", "secret")).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
    }

    @Test
    void givenConnectedUser_whenTheFileIsEditedAndBroken_thenItIsInForceAndTheBrokenOneIsNot() throws Exception {
        try (Probe ada = Probe.open(broker.port(), Version.V5)) {
            ada.connectOk(connect("ada").username("ada").password("secret"));

            int mark = broker.log().mark();
            passwd(null, "eve", "new", "sha512-pbkdf2");
            broker.log().await(mark, "conf/users: users in force: 3");
            assertThat(answer("eve", "new")).isZero();

            mark = broker.log().mark();
            broker.log().allow("conf/users: line 4: expected NAME:HASH; nothing of the change is in force");
            Files.writeString(users, Files.readString(users) + "no colon\n");
            broker.log().await(mark, "conf/users: line 4: expected NAME:HASH");
            assertThat(answer("eve", "new")).isZero();
            ada.ping();
        }
    }
}
