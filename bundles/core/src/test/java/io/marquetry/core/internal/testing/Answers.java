// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.testing;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.hook.Origin;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** An extension that answers later, when the test says so: a publish hook by payload, an authorizer by topic. */
public final class Answers implements PublishHook, Authorizer {
    private final Map<String, CompletableFuture<Verdict>> verdicts = new HashMap<>();
    private final Map<String, CompletableFuture<Decision>> decisions = new HashMap<>();

    /** Asks this one about every message. */
    public static Answers toMessages(Hooks hooks) {
        Answers answers = new Answers();
        hooks.publishHooks().add(answers, new Origin("test.hook", 0, 1));
        return answers;
    }

    /** Asks this one about every right. */
    public static Answers toRights(Hooks hooks) {
        Answers answers = new Answers();
        hooks.authorizers().add(answers, new Origin("test.authorizer", 0, 1));
        return answers;
    }

    @Override
    public Verdict onPublish(ClientInfo client, Publish publish) {
        String payload = new String(publish.message().payload(), StandardCharsets.UTF_8);
        return new Verdict.Later(verdicts.computeIfAbsent(payload, p -> new CompletableFuture<>()));
    }

    @Override
    public Decision authorize(ClientInfo client, Action action, String topic) {
        return new Decision.Later(decisions.computeIfAbsent(topic, t -> new CompletableFuture<>()));
    }

    /** Answers for the message with this payload, whether it was asked already or will be. */
    public void answer(String payload, Verdict verdict) {
        verdicts.computeIfAbsent(payload, p -> new CompletableFuture<>()).complete(verdict);
    }

    /** Answers for this topic. */
    public void answer(String topic, Decision decision) {
        decisions.computeIfAbsent(topic, t -> new CompletableFuture<>()).complete(decision);
    }

    /** The hook breaks. */
    public void fail(String payload) {
        verdicts.computeIfAbsent(payload, p -> new CompletableFuture<>())
                .completeExceptionally(new IllegalStateException("the backend is gone"));
    }
}
