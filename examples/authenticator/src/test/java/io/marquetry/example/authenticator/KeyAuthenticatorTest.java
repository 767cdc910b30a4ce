// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.authenticator;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import java.lang.annotation.Annotation;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KeyAuthenticatorTest {
    private static final AuthResult REJECTED = new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD);

    @Test
    void givenSignedIdentifier_whenDeviceConnects_thenAccepted() {
        // printf meter-7 | openssl dgst -sha256 -hmac secret
        String password = "6441f62d1af43b0b8c4dac94e679bc03bf37a9c02c3d74650389eb4edb0e08d0";

        assertThat(ask("secret", "device", password)).isEqualTo(AuthResult.ACCEPTED);
        assertThat(ask("secret", "device", KeyAuthenticator.password("secret", "meter-8")))
                .isEqualTo(REJECTED);
        assertThat(ask("secret", "device", null)).isEqualTo(REJECTED);
    }

    @Test
    void givenNoKey_whenDeviceConnects_thenRejected() {
        assertThat(ask("", "device", "any")).isEqualTo(REJECTED);
    }

    @Test
    void givenAnotherUserName_whenClientConnects_thenOthersDecide() {
        assertThat(ask("secret", "ann", "any")).isEqualTo(AuthResult.ABSTAINED);
        assertThat(ask("secret", null, null)).isEqualTo(AuthResult.ABSTAINED);
    }

    private static AuthResult ask(String key, @Nullable String username, @Nullable String password) {
        ClientInfo client =
                new ClientInfo("meter-7", username, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");
        byte[] bytes = password == null ? null : password.getBytes(StandardCharsets.UTF_8);
        return new KeyAuthenticator(config(key))
                .authenticate(new Credentials(client, bytes))
                .toCompletableFuture()
                .join();
    }

    @SuppressWarnings("BadAnnotationImplementation") // never compared
    private static KeyAuthenticator.Config config(String key) {
        return new KeyAuthenticator.Config() {
            @Override
            public String key() {
                return key;
            }

            @Override
            public String username() {
                return "device";
            }

            @Override
            public Class<? extends Annotation> annotationType() {
                return KeyAuthenticator.Config.class;
            }
        };
    }
}
