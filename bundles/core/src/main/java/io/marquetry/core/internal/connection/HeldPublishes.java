// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.auth.Decision;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.core.internal.access.Rights;
import io.marquetry.core.internal.access.Wanted;
import io.marquetry.core.internal.config.DenyAction;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.loop.Timeout;
import io.marquetry.core.internal.store.Journal;
import java.util.ArrayDeque;

/**
 * The messages of one client that cannot go on at once, in the order they came. Only the first one is worked on: it
 * asks the authorizers, then the publish hooks, then waits for room if it must; the others wait for it. Bounded in
 * bytes: over the bound the socket is not read, or, when what we wait for must come by that socket, the connection
 * ends.
 */
final class HeldPublishes {
    /** How often a message that a subscriber's full queue refuses is tried again, in milliseconds. */
    private static final long RETRY_MILLIS = 100;

    private static final int OVERHEAD = 128;

    private enum Step {
        AUTHORIZE,
        ASK_HOOKS,
        ADMIT,
        WAITING
    }

    private static final class Held {
        final int packetId;
        final QoS qos;
        Message message;
        Step step = Step.AUTHORIZE;
        long refusedSince = -1;

        Held(Message message, int packetId) {
            this.message = message;
            this.qos = message.qos();
            this.packetId = packetId;
        }

        long charge() {
            return OVERHEAD + message.payload().length + message.topic().length();
        }
    }

    private final class Retry extends Timeout {
        @Override
        protected void expired() {
            advance();
        }
    }

    private final Connection connection;
    private final Publishing publishing;
    private final ArrayDeque<Held> queue = new ArrayDeque<>();
    private final Retry retry = new Retry();
    private long bytes;
    private int busyEpisode;
    private long busySince;
    private int unacknowledged;
    private boolean advancing;
    private boolean awaitsCommit;

    HeldPublishes(Connection connection, Publishing publishing) {
        this.connection = connection;
        this.publishing = publishing;
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    long bytes() {
        return bytes;
    }

    private void charge(long more) {
        bytes += more;
        connection.home().ledger().add(more);
    }

    /** How many QoS 1 and 2 messages wait. */
    int unacknowledged() {
        return unacknowledged;
    }

    /** Whether a QoS 2 message with this identifier waits. */
    boolean contains(int packetId) {
        for (Held held : queue) {
            if (held.packetId == packetId && held.qos == QoS.EXACTLY_ONCE) {
                return true;
            }
        }
        return false;
    }

    void add(Message message, int packetId) {
        join(new Held(message, packetId));
        goOn();
    }

    /** Adds the only message, whose right was checked and about which the hooks were asked. */
    void add(Message message, int packetId, PublishHook.Verdict verdict) {
        Held held = new Held(message, packetId);
        join(held);
        answered(held, verdict);
        goOn();
    }

    private void join(Held held) {
        queue.add(held);
        charge(held.charge());
        if (held.qos != QoS.AT_MOST_ONCE) {
            unacknowledged++;
        }
    }

    private void goOn() {
        advance();
        if (bytes > connection.context().settings().maxHeldBytes()) {
            if (waitsForPubRel()) {
                connection.fail(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED, "too many messages wait for a PUBREL");
            } else {
                connection.reading().pause(Pause.HELD);
            }
        }
    }

    /** PUBREL must come by the very socket that would not be read. */
    private boolean waitsForPubRel() {
        Held first = queue.peek();
        return first != null && first.step == Step.ADMIT && first.qos == QoS.EXACTLY_ONCE && publishing.isInboxFull();
    }

    void advance() {
        if (advancing) {
            return;
        }
        advancing = true;
        try {
            Held first;
            while (!connection.isClosed() && (first = queue.peek()) != null && step(first)) {
                // each step brings the first message further
            }
        } finally {
            advancing = false;
        }
        if (bytes <= connection.context().settings().maxHeldBytes() / 2 || waitsForPubRel()) {
            connection.reading().resume(Pause.HELD);
        }
    }

    /** The connection is gone: what waits was never acknowledged. */
    void closed() {
        connection.counters().add(Metric.FATE_REFUSED_CONNECTION_CLOSED, queue.size());
        queue.clear();
        charge(-bytes);
        connection.home().timers().cancel(retry);
    }

    /** Does the next step of the first message; returns whether there is more to do now. */
    private boolean step(Held held) {
        return switch (held.step) {
            case AUTHORIZE -> authorize(held);
            case ASK_HOOKS -> askHooks(held);
            case ADMIT -> admit(held);
            case WAITING -> false;
        };
    }

    private boolean authorize(Held held) {
        Rights rights = connection.rightsIfAsked();
        if (rights == null) {
            held.step = Step.ASK_HOOKS;
            return true;
        }
        held.step = Step.WAITING;
        int wanted = Wanted.publish(held.qos.value(), held.message.retain());
        rights.decide(wanted, held.message.topic(), answer -> {
            authorized(held, answer);
            advance();
        });
        return isBehind(held);
    }

    private void authorized(Held held, Decision decision) {
        if (decision instanceof Decision.Allow) {
            held.step = Step.ASK_HOOKS;
            return;
        }
        connection.counters().add(Metric.PACKETS_PUBLISH_AUTH_ERROR);
        if (connection.context().settings().denyAction() == DenyAction.DISCONNECT) {
            connection.counters().add(Metric.FATE_REFUSED_NOT_AUTHORIZED);
            remove(held);
            connection.fail(DisconnectReason.NOT_AUTHORIZED, null);
            return;
        }
        remove(held);
        publishing.refuse(held.qos, held.packetId, ReasonCode.NOT_AUTHORIZED, Metric.FATE_REFUSED_NOT_AUTHORIZED);
    }

    /** Whether an answer was there at once, so that this message, or the one behind it, can go on. */
    private boolean isBehind(Held held) {
        return held.step != Step.WAITING || queue.peek() != held;
    }

    private boolean askHooks(Held held) {
        return answered(held, publishing.hooks().publish(connection.client(), Publish.of(held.message)));
    }

    /** Takes the answer of the hooks, or waits for it; returns whether there is more to do now. */
    private boolean answered(Held held, PublishHook.Verdict verdict) {
        if (verdict instanceof PublishHook.Verdict.Later later) {
            held.step = Step.WAITING;
            Answers.await(connection, later.stage(), answer -> {
                judged(held, answer);
                advance();
            });
            return isBehind(held);
        }
        judged(held, verdict);
        return true;
    }

    private void judged(Held held, PublishHook.Verdict verdict) {
        if (verdict instanceof PublishHook.Verdict.Refuse refuse) {
            remove(held);
            boolean failed = verdict == io.marquetry.core.internal.hook.Hooks.HOOK_FAILED;
            publishing.refuse(
                    held.qos,
                    held.packetId,
                    refuse.reason(),
                    failed ? Metric.FATE_REFUSED_HOOK_FAILED : Metric.FATE_REFUSED_HOOK);
            return;
        }
        if (verdict instanceof PublishHook.Verdict.Replace replace) {
            charge(-held.charge());
            held.message = replace.message();
            charge(held.charge());
        }
        held.step = Step.ADMIT;
    }

    private boolean admit(Held held) {
        if (held.qos == QoS.EXACTLY_ONCE && publishing.isInboxFull()) {
            return false; // PUBREL brings us back
        }
        boolean busy = publishing.isNodeBusy(held.message);
        if (busy && held.qos == QoS.AT_MOST_ONCE) {
            return waitOrRefuse(held);
        }
        connection.reading().resume(Pause.BUSY);
        boolean refused = busy || publishing.isRefused(held.message, held.qos);
        if (!refused && publishing.waitsForStore(held.message, held.qos)) {
            return waitForStore(held);
        }
        connection.reading().resume(Pause.STORE);
        if (!refused) {
            remove(held); // before its fate is counted: publishing may close the connection
            publishing.publish(held.message, held.qos, held.packetId);
            return true;
        }
        return refuse(held, Metric.FATE_REFUSED_QUOTA_EXCEEDED, DisconnectReason.QUOTA_EXCEEDED);
    }

    /** An MQTT 5 client is told at once; an older one cannot be told, so its message waits, and then it is left. */
    private boolean refuse(Held held, Metric fate, DisconnectReason reason) {
        long now = connection.home().now();
        if (held.refusedSince < 0) {
            held.refusedSince = now;
        }
        if (connection.outlet().isV5()) {
            connection.counters().add(Metric.PACKETS_PUBLISH_QUOTA_EXCEEDED);
            connection.counters().add(Metric.MESSAGES_DROPPED_QUOTA_EXCEEDED);
            remove(held);
            publishing.refuse(held.qos, held.packetId, ReasonCode.QUOTA_EXCEEDED, fate);
            return true;
        }
        long hold = connection.context().settings().refuseHoldSeconds() * 1000L;
        if (now - held.refusedSince >= hold) {
            connection.counters().add(fate);
            remove(held);
            connection.fail(reason, null);
            return false;
        }
        connection.home().timers().set(retry, RETRY_MILLIS);
        return false;
    }

    /** It would be noted by a journal whose store is far behind, is being replaced, or cannot write. */
    private boolean waitForStore(Held held) {
        Journal journal = publishing.journal();
        if (journal.isLost()) {
            connection.reading().resume(Pause.STORE);
            ConnectionLog.unkept(connection, "a message is not accepted");
            return refuse(held, Metric.FATE_REFUSED_STORE_UNAVAILABLE, DisconnectReason.STORE_UNAVAILABLE);
        }
        if (publishing.onlyPublishes()) {
            connection.reading().pause(Pause.STORE); // whoever else has it is needed for its acknowledgements
        }
        if (journal.isStuck()) {
            connection.home().timers().set(retry, RETRY_MILLIS);
        } else if (!awaitsCommit) {
            awaitsCommit = true;
            journal.whenCommitted(survives -> {
                awaitsCommit = false;
                connection.home().loop().execute(this::advance);
            });
        }
        return false;
    }

    /** Nobody can be told of a QoS 0 message: its client is not read for a while, and then it is refused. */
    private boolean waitOrRefuse(Held held) {
        long now = connection.home().now();
        int episode = connection.context().budget.episode();
        if (busyEpisode != episode) {
            busyEpisode = episode;
            busySince = now;
        }
        long hold = connection.context().settings().refuseHoldSeconds() * 1000L;
        if (publishing.onlyPublishes() && now - busySince < hold) {
            connection.reading().pause(Pause.BUSY);
            connection.home().timers().set(retry, RETRY_MILLIS);
            return false;
        }
        connection.reading().resume(Pause.BUSY);
        connection.counters().add(Metric.MESSAGES_DROPPED_QUOTA_EXCEEDED);
        remove(held);
        publishing.refuse(held.qos, held.packetId, ReasonCode.QUOTA_EXCEEDED, Metric.FATE_REFUSED_NODE_BUSY);
        return true;
    }

    private void remove(Held held) {
        if (queue.remove(held)) {
            charge(-held.charge());
            if (held.qos != QoS.AT_MOST_ONCE) {
                unacknowledged--;
            }
        }
    }
}
