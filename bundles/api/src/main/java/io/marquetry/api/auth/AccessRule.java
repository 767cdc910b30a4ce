// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.auth;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.Template;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.TopicFilter;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One rule of what a client may do, as files, tables and tokens have it: permission, action, topic, and, when they
 * matter, the qualities of service and the RETAIN flag. Made once, asked often, by any thread.
 *
 * @since 1.0
 */
public final class AccessRule {
    /**
     * What a rule speaks about.
     *
     * @since 1.0
     */
    public enum Scope {
        /** Publishing. */
        PUBLISH,
        /** Subscribing. */
        SUBSCRIBE,
        /** Both. */
        ALL;

        /**
         * Reads {@code publish}, {@code subscribe}, {@code all} or the older {@code pubsub}.
         *
         * @throws IllegalArgumentException with a sentence, for another word
         */
        public static Scope parse(String word) {
            return switch (word.toLowerCase(Locale.ROOT)) {
                case "publish" -> PUBLISH;
                case "subscribe" -> SUBSCRIBE;
                case "all", "pubsub" -> ALL;
                default ->
                    throw new IllegalArgumentException(
                            "expected one of the actions publish, subscribe and all, got \"" + word + "\"");
            };
        }
    }

    private static final String EXACT = "eq ";

    private final Decision decision;
    private final Scope scope;
    private final Template topic;
    private final boolean exact;
    private final Set<QoS> qos;
    private final @Nullable Boolean retain;

    /** The filter, when no client fills it. */
    private final @Nullable TopicFilter filter;

    /**
     * A rule.
     *
     * @param decision what it decides, {@link Decision.Allow} or {@link Decision.Deny}
     * @param scope what it speaks about
     * @param topic a topic filter with the placeholders of {@link Template}; behind {@code eq } it is meant literally,
     *     so that {@code eq #} speaks of the filter {@code #} only
     * @param qos the qualities of service it speaks about; empty is all
     * @param retain the RETAIN flag of the messages it speaks about, or null for both; a subscription has none
     * @throws IllegalArgumentException with a sentence that says what was expected
     */
    public AccessRule(Decision decision, Scope scope, String topic, Set<QoS> qos, @Nullable Boolean retain) {
        if (!(decision instanceof Decision.Allow) && !(decision instanceof Decision.Deny)) {
            throw new IllegalArgumentException("expected a rule that allows or denies, got " + decision);
        }
        this.decision = decision;
        this.scope = scope;
        this.exact = topic.startsWith(EXACT);
        this.topic = Template.parse(exact ? topic.substring(EXACT.length()) : topic);
        // In their order, so that a rule is written in one way only.
        this.qos = Collections.unmodifiableSet(qos.isEmpty() ? EnumSet.noneOf(QoS.class) : EnumSet.copyOf(qos));
        this.retain = retain;
        TopicFilter parsed = TopicFilter.parse(this.topic.render(name -> "x"));
        if (parsed.isShared()) {
            // What is asked about comes without it, so such a rule would never speak: a denial that does not deny.
            throw new IllegalArgumentException(
                    "expected a topic filter without $share/group/ and $queue/, got \"" + topic + "\"");
        }
        this.filter = this.topic.isConstant() ? parsed : null;
    }

    /** A rule for every quality of service, retained or not. */
    public AccessRule(Decision decision, Scope scope, String topic) {
        this(decision, scope, topic, Set.of(), null);
    }

    /**
     * What the first rule that speaks about an action decides.
     *
     * @param topic the topic name, or the filter without {@code $share/group/}
     * @return {@link Decision#ABSTAIN} when none does
     */
    public static Decision decide(List<AccessRule> rules, ClientInfo client, Action action, String topic) {
        for (AccessRule rule : rules) {
            if (rule.matches(client, action, topic)) {
                return rule.decision;
            }
        }
        return Decision.ABSTAIN;
    }

    /** What it decides: {@link Decision.Allow} or {@link Decision.Deny}. */
    public Decision decision() {
        return decision;
    }

    /**
     * Whether it speaks about what a client wants to do. A rule speaks about a subscription when its own filter covers
     * every topic of the subscription's; a rule whose placeholder the client cannot fill speaks about nothing.
     *
     * @param wanted the topic name, or the filter without {@code $share/group/}
     */
    public boolean matches(ClientInfo client, Action action, String wanted) {
        if (action instanceof Action.Publish publish) {
            if (scope == Scope.SUBSCRIBE || (retain != null && retain != publish.retain())) {
                return false;
            }
            return (qos.isEmpty() || qos.contains(publish.qos())) && matchesTopic(client, wanted);
        }
        Action.Subscribe subscribe = (Action.Subscribe) action;
        return scope != Scope.PUBLISH
                && (qos.isEmpty() || qos.contains(subscribe.qos()))
                && matchesTopic(client, wanted);
    }

    private boolean matchesTopic(ClientInfo client, String wanted) {
        if (filter != null) {
            return exact ? filter.text().equals(wanted) : filter.covers(wanted);
        }
        String prefix = topic.prefix();
        // A wildcard in front of the placeholder matches more than its own text.
        if (prefix.indexOf('+') < 0 && !wanted.startsWith(prefix)) {
            return false;
        }
        String filled = topic.topic(client);
        if (filled == null) {
            return false;
        }
        return exact ? filled.equals(wanted) : new TopicFilter(filled, null, filled).covers(wanted);
    }

    @Override
    public String toString() {
        return (decision instanceof Decision.Allow ? "allow " : "deny ")
                + scope.name().toLowerCase(Locale.ROOT) + " " + (exact ? EXACT : "") + topic
                + (qos.isEmpty() ? "" : " qos " + qos)
                + (retain == null ? "" : " retain " + retain);
    }
}
