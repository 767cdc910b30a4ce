// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.EnhancedAuthenticator;
import io.marquetry.api.auth.EnhancedAuthenticator.Step;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.core.internal.config.MqttSettings;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who speaks which method of enhanced authentication. One of them leads an exchange; the others are not asked. */
final class EnhancedAuthenticators
        extends AskedChain<EnhancedAuthenticator, EnhancedAuthenticators.Turn, Answer<Step>> {
    /** What a client sent in an exchange. */
    record Turn(EnhancedExchange exchange, byte @Nullable [] data) {}

    private static final Answer<Step> UNAVAILABLE =
            new Answer.Now<>(new Step.Failure(new AuthResult.Rejected(ReasonCode.SERVER_UNAVAILABLE)));

    EnhancedAuthenticators(Owners owners, Supplier<MqttSettings> settings) {
        super(
                EnhancedAuthenticator.class,
                owners,
                "take a step of enhanced authentication",
                () -> settings.get().authTimeoutSeconds(),
                UNAVAILABLE,
                UNAVAILABLE);
    }

    /** Begins an exchange, or returns null when nobody speaks the method. */
    @Nullable
    EnhancedExchange begin(String method, ClientInfo client, boolean again) {
        for (Member<EnhancedAuthenticator> member : members()) {
            if (method.equals(member.read("say its method", EnhancedAuthenticator::method))) {
                return new EnhancedExchange(this, member, client, again);
            }
        }
        return null;
    }

    @Override
    Answer<Step> call(EnhancedAuthenticator service, ClientInfo client, Turn turn) {
        return Answer.of(turn.exchange().of(service).next(turn.data()));
    }

    @Override
    @Nullable
    CompletionStage<Answer<Step>> stageOf(Answer<Step> answer) {
        return answer.stageOrNull();
    }

    @Override
    Answer<Step> later(CompletionStage<Answer<Step>> stage) {
        return new Answer.Later<>(stage);
    }

    @Override
    boolean goesOn(Answer<Step> answer) {
        return false;
    }
}
