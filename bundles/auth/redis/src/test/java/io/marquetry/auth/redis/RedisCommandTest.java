// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.auth.redis.RedisCommand.Name;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisCommandTest {
    private static final String EXAMPLE = "HMGET mqtt_user:${username} password_hash";

    private static RedisCommand parse(String text) {
        return RedisCommand.parse(text, EnumSet.allOf(Name.class), EXAMPLE);
    }

    @Test
    void givenCommand_whenFilled_thenTheKeyIsOneArgument() {
        RedisCommand command = parse("hmget  mqtt_user:${username}   password_hash salt");

        assertThat(command.name()).isEqualTo(Name.HMGET);
        assertThat(command.fields()).containsExactly("password_hash", "salt");
        assertThat(command.key().fill(client("a b\r\nFLUSHALL"))).isEqualTo("mqtt_user:a b\r\nFLUSHALL");
        assertThat(command.appliesTo(client("a"))).isTrue();
        assertThat(command.appliesTo(client(null))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "FLUSHALL x",
                "HMGET",
                "HMGET key",
                "HGET key a b",
                "GET key field",
                "HGETALL",
                "HMGET key ${username}",
                "HGETALL mqtt_user:${user}"
            })
    void givenTextThatIsNoCommand_whenParsed_thenRefused(String text) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("expected");
    }

    private static ClientInfo client(@Nullable String username) {
        return new ClientInfo("c", username, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");
    }
}
