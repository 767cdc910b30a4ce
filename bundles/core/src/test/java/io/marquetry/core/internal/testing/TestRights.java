// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.testing;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.core.internal.hook.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** An authorizer whose rules a test changes: it allows what is not denied, and writes down what it was asked. */
public final class TestRights implements Authorizer {
    public static final Origin ORIGIN = new Origin("test.rights", 0, 1);

    /** Who is asked about what, {@code client pub topic} or {@code client sub filter}. */
    public final List<String> asked = new ArrayList<>();

    private final Map<String, Decision> decisions = new ConcurrentHashMap<>();
    private volatile boolean broken;
    private volatile @Nullable CompletableFuture<Decision> pending;

    /** Asked about every right from now on. */
    public static TestRights in(TestBroker broker) {
        TestRights rights = new TestRights();
        broker.hooks().authorizers().add(rights, ORIGIN);
        return rights;
    }

    /** Decides about this topic or filter from now on; nobody is told. */
    public TestRights decide(String topic, Decision decision) {
        decisions.put(topic, decision);
        return this;
    }

    /** Throws from now on, or no longer. */
    public void broken(boolean now) {
        broken = now;
    }

    /** Answers later from now on, everything by this one stage. */
    public CompletableFuture<Decision> later() {
        CompletableFuture<Decision> stage = new CompletableFuture<>();
        pending = stage;
        return stage;
    }

    @Override
    public Decision authorize(ClientInfo client, Action action, String topic) {
        asked.add(client.clientId() + (action instanceof Action.Publish ? " pub " : " sub ") + topic);
        if (broken) {
            throw new IllegalStateException("a broken authorizer");
        }
        CompletableFuture<Decision> stage = pending;
        if (stage != null) {
            return new Decision.Later(stage);
        }
        return decisions.getOrDefault(topic, Decision.ALLOW);
    }
}
