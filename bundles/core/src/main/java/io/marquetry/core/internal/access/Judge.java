// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.access;

import io.marquetry.api.admin.Access.Explanation;
import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Metric;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a client may do, and remembers nothing. In this order: a superuser may everything; a rule of the
 * client's own; the authorizers; and when nobody says anything, a client with rules of its own may not, and for others
 * {@code noMatch} decides. Callable from any thread.
 */
public final class Judge {
    private static final Decision UNMATCHED_ALLOWED = new Decision.Allow("no_match");
    private static final Decision UNMATCHED_DENIED = new Decision.Deny("no_match");

    private final Hooks hooks;

    /** Asks these authorizers. */
    public Judge(Hooks hooks) {
        this.hooks = hooks;
    }

    /** Whether anyone decides about a client that has no rules of its own. */
    public boolean isNeeded() {
        return hooks.asksForRights();
    }

    /**
     * Decides.
     *
     * @param rules the client's own
     * @param topic the topic or filter as the broker knows it, with the client's mountpoint
     * @return never {@link Decision.Abstain}; what comes later is never another {@link Decision.Later}, and its stage
     *     never fails
     */
    public Decision decide(ClientInfo client, List<AccessRule> rules, Action action, String topic) {
        if (client.superuser()) {
            return Decision.ALLOW;
        }
        String own = own(client, topic);
        Decision decision = AccessRule.decide(rules, client, action, own);
        if (!(decision instanceof Decision.Abstain)) {
            return decision;
        }
        decision = hooks.authorize(client, action, own);
        if (decision instanceof Decision.Later later) {
            return new Decision.Later(later.stage().thenApply(answer -> concluded(rules, answer)));
        }
        return concluded(rules, decision);
    }

    private Decision concluded(List<AccessRule> rules, Decision answer) {
        if (!(answer instanceof Decision.Abstain)) {
            return answer;
        }
        return allowsUnmatched(rules) ? UNMATCHED_ALLOWED : UNMATCHED_DENIED;
    }

    private boolean allowsUnmatched(List<AccessRule> rules) {
        return rules.isEmpty() && hooks.allowsUnmatched();
    }

    private static String own(ClientInfo client, String topic) {
        String mountpoint = client.mountpoint();
        return topic.startsWith(mountpoint) ? topic.substring(mountpoint.length()) : topic;
    }

    /** Counts a decision that was asked for just now. */
    public static void count(Counters counters, Decision decision) {
        boolean allowed = decision instanceof Decision.Allow;
        counters.add(allowed ? Metric.AUTHORIZATION_ALLOW : Metric.AUTHORIZATION_DENY);
        if (isFailure(decision)) {
            counters.add(Metric.AUTHORIZATION_ERROR);
        } else if (decision.equals(UNMATCHED_ALLOWED) || decision.equals(UNMATCHED_DENIED)) {
            counters.add(Metric.AUTHORIZATION_NOMATCH);
        } else {
            counters.add(allowed ? Metric.AUTHORIZATION_MATCHED_ALLOW : Metric.AUTHORIZATION_MATCHED_DENY);
        }
    }

    /** Whether a denial is there only because who was asked failed or was late. */
    static boolean isFailure(Decision decision) {
        return decision.equals(Hooks.RIGHTS_FAILED);
    }

    /** Decides, and says who it was. The stage never fails. */
    public CompletionStage<Explanation> explain(
            ClientInfo client, List<AccessRule> rules, Action action, String topic) {
        if (client.superuser()) {
            return completed(true, "superuser", null);
        }
        for (AccessRule rule : rules) {
            if (rule.matches(client, action, topic)) {
                boolean allowed = rule.decision() instanceof Decision.Allow;
                String text = ruleOf(rule.decision());
                return completed(allowed, "client", text == null ? rule.toString() : text);
            }
        }
        return hooks.explain(client, action, topic).thenApply(said -> {
            Decision decision = said.decision();
            if (decision instanceof Decision.Abstain) {
                return new Explanation(allowsUnmatched(rules), "no_match", null);
            }
            if (isFailure(decision)) {
                return new Explanation(false, "error", said.by() + " failed or was late; the log says how");
            }
            return new Explanation(decision instanceof Decision.Allow, said.by(), ruleOf(decision));
        });
    }

    private static CompletionStage<Explanation> completed(boolean allowed, String by, @Nullable String rule) {
        return CompletableFuture.completedFuture(new Explanation(allowed, by, rule));
    }

    private static @Nullable String ruleOf(Decision decision) {
        if (decision instanceof Decision.Allow allow) {
            return allow.rule();
        }
        return decision instanceof Decision.Deny deny ? deny.rule() : null;
    }
}
