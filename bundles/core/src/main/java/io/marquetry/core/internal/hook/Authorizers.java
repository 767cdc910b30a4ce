// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Epoch;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who decides what a client may do. */
final class Authorizers extends AskedChain<Authorizer, Authorizers.Right, Decision> {
    /** What a client wants, by its own name of the topic. */
    record Right(Action action, String topic) {}

    static final Decision FAILED = new Decision.Deny("an authorizer failed or was late");

    private final Epoch policy;
    private volatile boolean seen;

    /** @param policy moves on when another authorizer, or another order of them, may decide otherwise */
    Authorizers(Owners owners, Supplier<MqttSettings> settings, Epoch policy) {
        super(
                Authorizer.class,
                owners,
                "authorize a client",
                () -> settings.get().authTimeoutSeconds(),
                Decision.ABSTAIN,
                FAILED);
        this.policy = policy;
    }

    /** From now on silence of all of them means no. */
    void seen() {
        seen = true;
    }

    /** Whether there was ever one. */
    boolean isSeen() {
        return seen;
    }

    @Override
    void adding() {
        seen();
    }

    @Override
    void changed() {
        policy.move();
    }

    /** Asks as {@link #ask}, and says who it was that decided. */
    CompletionStage<Hooks.Said> who(ClientInfo client, Right right) {
        return who(members(), 0, client, right);
    }

    private CompletionStage<Hooks.Said> who(List<Member<Authorizer>> chain, int at, ClientInfo client, Right right) {
        if (at == chain.size()) {
            return CompletableFuture.completedFuture(new Hooks.Said("", Decision.ABSTAIN));
        }
        Member<Authorizer> member = chain.get(at);
        return asStage(member.ask(this, client, right))
                .thenCompose(answer -> goesOn(answer)
                        ? who(chain, at + 1, client, right)
                        : CompletableFuture.completedFuture(
                                new Hooks.Said(member.origin().name(), answer)));
    }

    @Override
    Decision call(Authorizer service, ClientInfo client, Right right) {
        return service.authorize(client, right.action(), right.topic());
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
}
