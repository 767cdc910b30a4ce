// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.mqtt.Message;
import io.marquetry.core.internal.access.Judge;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.loop.RateLimitedLog;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.message.Messages;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.Match;
import io.marquetry.core.internal.router.RetainedMessages;
import io.marquetry.core.internal.router.Router;
import io.marquetry.core.internal.session.Will;
import io.marquetry.core.internal.session.Wills;
import io.marquetry.core.internal.store.Consignment;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.internal.store.Journals;
import io.marquetry.core.internal.store.Receipt;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes wills: each is a publish of its client, with the rights that the client has at that time, seen by every
 * hook, and counted as received. Called on the loop of the client's session.
 */
public final class WillPublisher implements Wills {
    private static final Logger LOG = LoggerFactory.getLogger(WillPublisher.class);

    private final Router router;
    private final RetainedMessages retained;
    private final Hooks hooks;
    private final Judge judge;
    private final Journals journals;
    private final LongSupplier mostSeconds;
    private final RateLimitedLog noRoom;

    /**
     * @param mostSeconds the longest life of a message, in seconds; 0 is no bound
     * @param clock milliseconds that never go back
     */
    public WillPublisher(
            Router router,
            RetainedMessages retained,
            Hooks hooks,
            Journals journals,
            LongSupplier mostSeconds,
            LongSupplier clock) {
        this.journals = journals;
        this.noRoom = new RateLimitedLog(clock);
        this.router = router;
        this.retained = retained;
        this.hooks = hooks;
        this.judge = new Judge(hooks);
        this.mostSeconds = mostSeconds;
    }

    @Override
    public void publish(Home home, Will will, Runnable done) {
        home.counters().add(Metric.FATE_RECEIVED);
        Message message = will.message();
        if (will.rules().isEmpty() && !judge.isNeeded()) {
            askHooks(home, will, done);
            return;
        }
        home.counters().add(Metric.CLIENT_AUTHORIZE);
        Decision decision = judge.decide(
                will.client(), will.rules(), new Action.Publish(message.qos(), message.retain()), message.topic());
        if (decision instanceof Decision.Later later) {
            later(home, later.stage(), answer -> authorized(home, will, answer, done));
        } else {
            authorized(home, will, decision, done);
        }
    }

    private void authorized(Home home, Will will, Decision decision, Runnable done) {
        Judge.count(home.counters(), decision);
        if (decision instanceof Decision.Allow) {
            askHooks(home, will, done);
        } else {
            home.counters().add(Metric.FATE_REFUSED_NOT_AUTHORIZED);
            done.run();
        }
    }

    private void askHooks(Home home, Will will, Runnable done) {
        PublishHook.Verdict verdict = hooks.publish(will.client(), Publish.of(will.message()));
        if (verdict instanceof PublishHook.Verdict.Later later) {
            later(home, later.stage(), answer -> judged(home, will, answer, done));
        } else {
            judged(home, will, verdict, done);
        }
    }

    private void judged(Home home, Will will, PublishHook.Verdict verdict, Runnable done) {
        if (verdict instanceof PublishHook.Verdict.Refuse) {
            home.counters()
                    .add(verdict == Hooks.HOOK_FAILED ? Metric.FATE_REFUSED_HOOK_FAILED : Metric.FATE_REFUSED_HOOK);
            done.run();
            return;
        }
        Message message = verdict instanceof PublishHook.Verdict.Replace replace ? replace.message() : will.message();
        route(home, will, Messages.publication(message, home.now(), mostSeconds.getAsLong()), done);
    }

    private void route(Home home, Will will, Publication publication, Runnable done) {
        if (publication.retain()) {
            retain(home, will, publication);
        }
        byte[] topic = publication.topicBytes();
        Match match = router.match(home, topic, topic.length);
        Receipt receipt = publication.qos() > 0 ? receipt(home, match, done) : null;
        Frames frames = router.frames(home);
        frames.begin(publication, home.now());
        try {
            boolean routed = receipt == null
                    ? router.route(home, frames, match, null)
                    : router.route(home, frames, match, null, receipt);
            home.counters().add(routed ? Metric.FATE_ROUTED : Metric.FATE_NO_SUBSCRIBERS);
        } finally {
            frames.end();
        }
        if (receipt == null) {
            done.run();
        }
    }

    /**
     * What other loops keep of a will is committed together with its end, or, while the store takes no commits, so that
     * nobody's queue waits for it, before.
     */
    private @Nullable Receipt receipt(Home home, Match match, Runnable done) {
        Journal journal = journals.of(home);
        if (!journal.isKept() || !router.isDurableElsewhere(home, match)) {
            return null;
        }
        if (journal.isReady()) {
            return new Consignment(home, journal, its -> done.run());
        }
        Receipt receipt = new Receipt(home, journal, journal.changes());
        receipt.whenOver(survives -> done.run());
        return receipt;
    }

    /** A will without room is routed all the same: its client is gone, and nobody else could be told. */
    private void retain(Home home, Will will, Publication publication) {
        if (publication.payloadLength() == 0 || retained.accepts(publication)) {
            retained.put(home, publication);
            home.counters().add(Metric.MESSAGES_RETAINED);
            return;
        }
        long more = noRoom.pass();
        if (more >= 0) {
            LOG.warn(
                    "no room to retain a will of {} bytes, it goes to those who are there: raise maxMessages, maxBytes"
                            + " or maxPayloadBytes of io.marquetry.core.retained ({} more such lines held back)"
                            + " client={} topic={}",
                    publication.payloadLength(),
                    more,
                    will.client().clientId(),
                    publication.topic());
        }
    }

    /** A stage of {@link Hooks} never fails. */
    private static <T> void later(Home home, CompletionStage<T> stage, Consumer<T> then) {
        var unused = stage.thenAccept(answer -> home.loop().execute(() -> then.accept(answer)));
    }
}
