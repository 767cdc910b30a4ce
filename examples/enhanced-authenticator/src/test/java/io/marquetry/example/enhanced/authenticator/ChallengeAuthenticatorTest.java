// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.enhanced.authenticator;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.auth.EnhancedAuthenticator.Exchange;
import io.marquetry.api.auth.EnhancedAuthenticator.Step;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import java.lang.annotation.Annotation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChallengeAuthenticatorTest {
    private static final ClientInfo CLIENT =
            new ClientInfo("meter-7", null, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");

    @Test
    void givenChallenge_whenItIsSigned_thenSuccess() {
        Exchange exchange = new ChallengeAuthenticator(config("secret")).begin(CLIENT, false);

        byte[] challenge = challenge(exchange);

        assertThat(next(exchange, ChallengeAuthenticator.answer("secret", challenge, "meter-7")))
                .isInstanceOf(Step.Success.class);
    }

    @Test
    void givenChallenge_whenAnswerIsWrongOrOfAnother_thenFailure() {
        ChallengeAuthenticator authenticator = new ChallengeAuthenticator(config("secret"));
        Exchange wrong = authenticator.begin(CLIENT, false);
        Exchange replayed = authenticator.begin(CLIENT, false);
        byte[] challenge = challenge(wrong);
        challenge(replayed);

        assertThat(next(wrong, ChallengeAuthenticator.answer("other", challenge, "meter-7")))
                .isInstanceOf(Step.Failure.class);
        assertThat(next(replayed, ChallengeAuthenticator.answer("secret", challenge, "meter-7")))
                .isInstanceOf(Step.Failure.class);
    }

    @Test
    void givenNoKey_whenClientAnswers_thenFailure() {
        Exchange exchange = new ChallengeAuthenticator(config("")).begin(CLIENT, false);
        challenge(exchange);

        assertThat(next(exchange, new byte[32])).isInstanceOf(Step.Failure.class);
        assertThat(next(exchange, null)).isInstanceOf(Step.Failure.class);
    }

    private static byte[] challenge(Exchange exchange) {
        byte[] data = ((Step.Challenge) next(exchange, null)).data();
        assertThat(data).hasSize(32);
        return data == null ? new byte[0] : data;
    }

    private static Step next(Exchange exchange, byte @Nullable [] data) {
        return exchange.next(data).toCompletableFuture().join();
    }

    @SuppressWarnings("BadAnnotationImplementation") // never compared
    private static ChallengeAuthenticator.Config config(String key) {
        return new ChallengeAuthenticator.Config() {
            @Override
            public String key() {
                return key;
            }

            @Override
            public Class<? extends Annotation> annotationType() {
                return ChallengeAuthenticator.Config.class;
            }
        };
    }
}
