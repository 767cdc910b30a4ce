// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.admin.Access;
import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Policy;
import io.marquetry.core.internal.access.Judge;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.session.Link;
import io.marquetry.core.internal.session.Session;
import io.marquetry.core.internal.session.SessionRegistry;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What is remembered of the rights of clients, for authorizers whose rules change and for operators who ask why. */
final class BrokerAccess implements Access, Policy {
    private static final String SHARE = "$share/";

    private final SessionRegistry sessions;
    private final Hooks hooks;
    private final Judge judge;

    BrokerAccess(SessionRegistry sessions, Hooks hooks) {
        this.sessions = sessions;
        this.hooks = hooks;
        this.judge = new Judge(hooks);
    }

    @Override
    public CompletionStage<Optional<Explanation>> check(String clientId, Action action, String topic) {
        CompletableFuture<Optional<Explanation>> answer = new CompletableFuture<>();
        Home home = sessions.homeOf(clientId);
        home.loop().execute(() -> {
            Session session = sessions.find(home, clientId);
            Link link = session == null ? null : session.link();
            if (link == null) {
                answer.complete(Optional.empty());
                return;
            }
            judge.explain(link.client(), link.rules(), action, asked(action, topic))
                    .whenComplete((explanation, error) -> complete(answer, explanation, error));
        });
        return answer;
    }

    private static void complete(
            CompletableFuture<Optional<Explanation>> answer,
            @Nullable Explanation explanation,
            @Nullable Throwable error) {
        if (explanation != null) {
            answer.complete(Optional.of(explanation));
        } else {
            answer.completeExceptionally(
                    error == null ? new IllegalStateException("expected an explanation, got none") : error);
        }
    }

    /** What the authorizers are asked about: a shared subscription is a matter of its filter. */
    private static String asked(Action action, String topic) {
        if (!(action instanceof Action.Subscribe) || !topic.startsWith(SHARE)) {
            return topic;
        }
        int end = topic.indexOf('/', SHARE.length());
        return end < 0 ? topic : topic.substring(end + 1);
    }

    @Override
    public void forget() {
        hooks.policy().move();
    }

    @Override
    public CompletionStage<Boolean> forget(String clientId) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        Home home = sessions.homeOf(clientId);
        home.loop().execute(() -> {
            Session session = sessions.find(home, clientId);
            if (session != null) {
                session.forgetRights();
            }
            done.complete(session != null && session.link() != null);
        });
        return done;
    }

    @Override
    public void changed() {
        forget();
    }

    @Override
    public void changed(String clientId) {
        var unused = forget(clientId);
    }
}
