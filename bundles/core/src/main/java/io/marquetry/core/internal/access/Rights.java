// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.access;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Epoch;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.loop.Timeout;
import io.marquetry.core.internal.router.Subscriber;
import io.marquetry.core.internal.router.Subscription;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What one connected client may do, with the decisions that are remembered of it; on its loop. A client about whom
 * nobody ever decided anything has none.
 *
 * <p>Decisions are forgotten all at once: when the policy's epoch has moved, when someone says that this client's
 * rights are others, and when the first of them is as old as a decision may become. As a timer it sees to the last.
 */
public final class Rights extends Timeout {
    private final Judge judge;
    private final Epoch policy;
    private final Supplier<MqttSettings> settings;
    private final Home home;
    private final Counters counters;
    private final ClientInfo client;
    private List<AccessRule> rules;
    private @Nullable DecisionCache remembered;
    /** Of whose subscriptions the right was looked at. */
    private @Nullable Subscriber subscriber;

    private int epoch;
    private int stamp = 1;
    private boolean closed;

    /**
     * Of a client.
     *
     * @param policy moves on when any decision may have become wrong
     * @param rules its own rules
     */
    public Rights(
            Judge judge,
            Epoch policy,
            Supplier<MqttSettings> settings,
            Home home,
            ClientInfo client,
            List<AccessRule> rules) {
        this.judge = judge;
        this.policy = policy;
        this.settings = settings;
        this.home = home;
        this.counters = home.counters();
        this.client = client;
        this.rules = rules;
        this.epoch = policy.now();
    }

    /** Its own rules. */
    public List<AccessRule> rules() {
        return rules;
    }

    /** It has other rules of its own from now on, as after it authenticated again. */
    public void rules(List<AccessRule> changed) {
        rules = changed;
        forget();
    }

    /** Whether there is anyone to decide. */
    public boolean areAsked() {
        return !rules.isEmpty() || judge.isNeeded();
    }

    /** A number, never 0, that changes when everything remembered is forgotten; for who keeps a decision elsewhere. */
    public int stamp() {
        if (policy.now() != epoch) {
            epoch = policy.now();
            clear();
        }
        return stamp;
    }

    /** Whether decisions may be kept elsewhere, with the {@link #stamp}. */
    public boolean areKept() {
        return settings.get().authorizationCache();
    }

    /**
     * Whether it is known that the client may, so that nobody needs to be asked; makes no object. Counted if so.
     *
     * @param topic the topic as the broker knows it, {@code length} bytes of it
     */
    public boolean isAllowed(int wanted, byte[] topic, int length) {
        stamp();
        if (client.superuser()) {
            countSuperuser();
            return true;
        }
        DecisionCache cache = remembered;
        Boolean known = cache == null ? null : cache.find(wanted, topic, length);
        if (known == null || !known) {
            return false;
        }
        countRemembered(true);
        return true;
    }

    /** A decision that was remembered counts again. */
    public void countRemembered(boolean allowed) {
        counters.add(Metric.CLIENT_AUTHORIZE);
        counters.add(Metric.AUTHORIZATION_CACHE_HIT);
        counters.add(allowed ? Metric.AUTHORIZATION_ALLOW : Metric.AUTHORIZATION_DENY);
    }

    private void countSuperuser() {
        counters.add(Metric.CLIENT_AUTHORIZE);
        counters.add(Metric.AUTHORIZATION_SUPERUSER);
        counters.add(Metric.AUTHORIZATION_ALLOW);
    }

    /**
     * Decides, from memory or by asking.
     *
     * @param topic the topic or filter as the broker knows it
     * @param then gets the answer, an {@link Decision.Allow} or {@link Decision.Deny}: at once, or on the loop when it
     *     is there; not at all once the connection is closed
     */
    public void decide(int wanted, String topic, Consumer<Decision> then) {
        int asked = stamp();
        if (client.superuser()) {
            countSuperuser();
            then.accept(Decision.ALLOW);
            return;
        }
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        DecisionCache cache = remembered;
        Boolean known = cache == null ? null : cache.find(wanted, name, name.length);
        if (known != null) {
            countRemembered(known);
            then.accept(known ? Decision.ALLOW : Decision.DENY);
            return;
        }
        counters.add(Metric.CLIENT_AUTHORIZE);
        if (areKept()) {
            counters.add(Metric.AUTHORIZATION_CACHE_MISS);
        }
        Decision decision = judge.decide(client, rules, Wanted.action(wanted), topic);
        if (decision instanceof Decision.Later later) {
            CompletableFuture<Decision> stage = later.stage().toCompletableFuture();
            if (stage.isDone()) {
                decided(wanted, name, asked, stage.join(), then);
                return;
            }
            var unused = stage.thenAccept(answer -> home.loop().execute(() -> {
                if (!closed) {
                    decided(wanted, name, asked, answer, then);
                }
            }));
            return;
        }
        decided(wanted, name, asked, decision, then);
    }

    private void decided(int wanted, byte[] topic, int asked, Decision decision, Consumer<Decision> then) {
        Judge.count(counters, decision);
        // What was asked under an older policy is good for this one time only.
        if (!Judge.isFailure(decision) && asked == stamp() && areKept()) {
            if (remembered == null) {
                remembered = new DecisionCache();
            }
            remembered.remember(
                    wanted,
                    topic,
                    decision instanceof Decision.Allow,
                    settings.get().authorizationCacheSize());
            age();
        }
        then.accept(decision);
    }

    private void age() {
        if (!isSet()) {
            home.timers().set(this, settings.get().authorizationCacheTtlSeconds() * 1000L);
        }
    }

    // --- subscriptions ---

    /** As {@link Subscriber#look}. Whoever fails to answer changes nothing: the subscription stays as it was. */
    public void look(Subscription subscription, int its) {
        subscription.looked(its); // whatever is delivered meanwhile asks nobody
        subscribed(subscription);
        int under = policy.now();
        Subscriber whose = subscription.subscriber();
        whose.looking(1);
        decide(Wanted.subscribe(subscription.qos()), whose.asked(subscription), decision -> {
            if (subscription.isIn() && subscription.isLooked(its)) {
                if (decision instanceof Decision.Allow) {
                    subscription.grant();
                } else if (!Judge.isFailure(decision)) {
                    subscription.withhold(under);
                }
            }
            whose.looking(-1);
        });
    }

    /** The client has subscribed: its right to that is looked at again when it has become old. */
    public void subscribed(Subscription subscription) {
        subscriber = subscription.subscriber();
        age();
    }

    // --- the end of what is remembered ---

    /** Forgets everything; the next packet is decided anew. The subscriptions' rights are the session's to look at. */
    public void forget() {
        home.timers().cancel(this);
        clear();
    }

    private void clear() {
        remembered = null;
        stamp = stamp == -1 ? 1 : stamp + 1;
    }

    @Override
    protected void expired() {
        clear();
        if (subscriber != null) {
            subscriber.rightsChanged();
        }
    }

    /** The connection has ended. */
    public void close() {
        closed = true;
        home.timers().cancel(this);
    }
}
