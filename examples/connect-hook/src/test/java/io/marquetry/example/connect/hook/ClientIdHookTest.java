// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.connect.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.ConnectHook.Verdict;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import java.lang.annotation.Annotation;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientIdHookTest {
    private final ClientIdHook hook = new ClientIdHook(config("banned-.*|x"));

    @ParameterizedTest
    @ValueSource(strings = {"banned-", "banned-7", "x"})
    void givenMatchingIdentifier_whenConnecting_thenTurnedAway(String clientId) {
        assertThat(hook.onConnect(client(clientId)))
                .isEqualTo(new Verdict.Refuse(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID));
    }

    @ParameterizedTest
    @ValueSource(strings = {"meter-7", "not-banned-7", "xx", ""})
    void givenOtherIdentifier_whenConnecting_thenPasses(String clientId) {
        assertThat(hook.onConnect(client(clientId))).isEqualTo(Verdict.PASS);
    }

    @Test
    void givenWrongPattern_whenActivated_thenThePatternIsNamed() {
        assertThatThrownBy(() -> new ClientIdHook(config("a(b")))
                .isInstanceOf(PatternSyntaxException.class)
                .hasMessageContaining("a(b");
    }

    private static ClientInfo client(String clientId) {
        return new ClientInfo(clientId, null, ProtocolVersion.MQTT_3_1_1, null, "tcp:default", true, 60, 0, null, "");
    }

    @SuppressWarnings("BadAnnotationImplementation") // never compared
    private static ClientIdHook.Config config(String refuse) {
        return new ClientIdHook.Config() {
            @Override
            public String refuse() {
                return refuse;
            }

            @Override
            public Class<? extends Annotation> annotationType() {
                return ClientIdHook.Config.class;
            }
        };
    }
}
