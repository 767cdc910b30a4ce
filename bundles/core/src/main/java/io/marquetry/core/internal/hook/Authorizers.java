// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.core.internal.config.MqttSettings;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who decides what a client may do. */
final class Authorizers extends AskedChain<Authorizer, Authorizers.Right, Decision> {
    /** What a client wants, by its own name of the topic. */
    record Right(Action action, String topic) {}

    static final Decision FAILED = new Decision.Deny("an authorizer failed or was late");

    private final Supplier<MqttSettings> settings;

    Authorizers(Owners owners, Supplier<MqttSettings> settings) {
        super(Authorizer.class, owners);
        this.settings = settings;
    }

    @Override
    Decision call(Authorizer service, ClientInfo client, Right right) {
        return service.authorize(client, right.action(), right.topic());
    }

    @Override
    String what() {
        return "authorize a client";
    }

    @Override
    long deadlineMillis() {
        return settings.get().authTimeoutSeconds() * 1000L;
    }

    @Override
    @Nullable
    CompletionStage<Decision> stageOf(Decision answer) {
        return answer instanceof Decision.Later later ? later.stage() : null;
    }

    @Override
    Decision later(CompletionStage<Decision> stage) {
        return new Decision.Later(stage);
    }

    @Override
    boolean goesOn(Decision answer) {
        return answer instanceof Decision.Abstain;
    }

    @Override
    Decision failed(boolean late) {
        return FAILED;
    }

    @Override
    Decision silence() {
        return Decision.ABSTAIN;
    }
}
