// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.core.internal.config.MqttSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who decides whether a client may connect. */
final class Authenticators extends AskedChain<Authenticator, Credentials, Answer<AuthResult>> {
    private static final Answer<AuthResult> SILENCE = new Answer.Now<>(AuthResult.ABSTAINED);
    private static final Answer<AuthResult> UNAVAILABLE =
            new Answer.Now<>(new AuthResult.Rejected(ReasonCode.SERVER_UNAVAILABLE));

    Authenticators(Owners owners, Supplier<MqttSettings> settings) {
        super(
                Authenticator.class,
                owners,
                "authenticate a client",
                () -> settings.get().authTimeoutSeconds(),
                SILENCE,
                UNAVAILABLE);
    }

    /**
     * Asks all of them, or those with the names given, in their order. A name that nobody has counts as one that fails:
     * the operator wants it to be asked.
     */
    CompletionStage<AuthResult> authenticate(Credentials credentials, List<String> names) {
        List<Member<Authenticator>> chain = names.isEmpty() ? members() : named(names);
        Answer<AuthResult> answer =
                chain == null ? UNAVAILABLE : walk(chain, 0, credentials.client(), credentials, SILENCE);
        return asStage(answer).thenApply(Answer::result);
    }

    private @Nullable List<Member<Authenticator>> named(List<String> names) {
        List<Member<Authenticator>> all = members();
        List<Member<Authenticator>> chain = new ArrayList<>(names.size());
        for (String name : names) {
            int before = chain.size();
            all.stream().filter(m -> m.origin().name().equals(name)).forEach(chain::add);
            if (chain.size() == before) {
                return null;
            }
        }
        return chain;
    }

    @Override
    Answer<AuthResult> call(Authenticator service, ClientInfo client, Credentials credentials) {
        return Answer.of(service.authenticate(credentials));
    }

    @Override
    @Nullable
    CompletionStage<Answer<AuthResult>> stageOf(Answer<AuthResult> answer) {
        return answer.stageOrNull();
    }

    @Override
    Answer<AuthResult> later(CompletionStage<Answer<AuthResult>> stage) {
        return new Answer.Later<>(stage);
    }

    @Override
    boolean goesOn(Answer<AuthResult> answer) {
        return answer.result() instanceof AuthResult.Abstained;
    }
}
