// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.store.Part;
import io.marquetry.core.internal.store.Receipt;
import org.jspecify.annotations.Nullable;

/** Hands each message to one member of every shared group that matches [MQTT-4.8.2]. */
final class Sharing {
    private final Router router;

    Sharing(Router router) {
        this.router = router;
    }

    /** Picks a member of each group, and delivers to it here or posts to its loop. */
    void route(
            Home home,
            Frames frames,
            SubscriptionNode[] nodes,
            int count,
            @Nullable Subscriber publisher,
            MqttSettings settings,
            @Nullable Receipt receipt) {
        for (int i = 0; i < count; i++) {
            for (SharedGroup group : nodes[i].groups()) {
                Subscription member = group.pick(settings, home.index(), frames, publisher, null);
                if (member != null) {
                    share(home, frames, member, receipt);
                } else if (!group.isEmpty()) {
                    // Every member refuses or is just leaving: a copy that nobody takes must still be accounted for.
                    home.counters().add(Metric.FATE_MATCHED);
                    home.counters().add(Metric.FATE_DROPPED_NO_MEMBER);
                    home.counters().add(Metric.DELIVERY_DROPPED);
                }
            }
        }
    }

    private void share(Home home, Frames frames, Subscription member, @Nullable Receipt receipt) {
        Home target = member.subscriber().home();
        if (target == home && member.subscriber().admits(member, router.policy().now())) {
            deliver(frames, member, false);
            return;
        }
        if (receipt != null) {
            receipt.expect(); // whoever takes it in the end, or nobody
        }
        if (target == home) {
            passOn(home, frames.publication(), member, false, receipt);
            return;
        }
        post(target, frames.publication(), member, false, receipt);
        router.noteIfCrowded(home, target);
    }

    /** As {@link Router#redispatch}. */
    boolean redispatch(Publication publication, Subscription from, @Nullable Receipt receipt) {
        Subscription member = another(publication, from);
        if (member != null) {
            if (receipt != null) {
                receipt.expect();
            }
            post(member.subscriber().home(), publication, member, true, receipt);
        }
        if (receipt != null) {
            receipt.routed();
        }
        return member != null;
    }

    /** A member in place of one that has left, on whose loop we are. */
    private @Nullable Subscription another(Publication publication, Subscription left) {
        SharedGroup group = left.group;
        if (group == null || group.isEmpty()) { // it may be that of a broker before us, or be there anew
            group = router.group(left.filter());
        }
        Subscriber leaver = left.subscriber();
        return group == null
                ? null
                : group.pick(router.settings(), leaver.home().index(), publication, null, leaver);
    }

    /**
     * @param again whether a member gave the message back; otherwise it is on its first way
     * @param receipt waits for an answer of the loop where the way ends, or null
     */
    private void post(
            Home target, Publication publication, Subscription member, boolean again, @Nullable Receipt receipt) {
        target.mailbox().charge(publication.charge());
        target.mailbox().post(() -> {
            target.mailbox().charge(-publication.charge());
            Subscriber subscriber = member.subscriber();
            if (subscriber.hasEnded()
                    || !subscriber.admits(member, router.policy().now())) {
                passOn(target, publication, member, again, receipt);
                return;
            }
            Frames frames = router.frames(target);
            frames.begin(publication, target.now());
            Part part = receipt == null ? null : receipt.begin(target);
            frames.part(part);
            try {
                deliver(frames, member, again);
            } finally {
                frames.end();
                if (receipt != null) {
                    receipt.delivered(target, part);
                }
            }
        });
    }

    /** The member left while the message was on its way, or may not have it: another takes it, or nobody is left. */
    private void passOn(
            Home here, Publication publication, Subscription left, boolean again, @Nullable Receipt receipt) {
        Subscription next = another(publication, left);
        if (next != null) {
            post(next.subscriber().home(), publication, next, again, receipt);
            return;
        }
        if (receipt != null) {
            receipt.delivered(here, receipt.begin(here));
        }
        here.counters().add(again ? Metric.FATE_REDISPATCHED : Metric.FATE_MATCHED);
        here.counters().add(Metric.FATE_DROPPED_NO_MEMBER);
    }

    private void deliver(Frames frames, Subscription member, boolean again) {
        Subscriber subscriber = member.subscriber();
        subscriber.home().counters().add(again ? Metric.FATE_REDISPATCHED : Metric.FATE_MATCHED);
        subscriber.deliver(
                frames,
                member.qos(frames.qos(), router.settings().upgradeQos()),
                member.retainAsPublished() && frames.retain(),
                member.idsOrNull(),
                member);
    }
}
