// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.config.MqttSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one client may make the broker hold at most; a session that exceeds it is ended, and its connection with it. */
final class Share {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);
    private static final String MAILBOX_OVERFLOW = "mailbox_overflow";
    private static final String PROC_HEAP_TOO_LARGE = "proc_heap_too_large";

    private Share() {}

    /** Whether a session exceeds its share; it is ended in a later turn then. */
    static boolean isExceeded(Session session) {
        MqttSettings settings = session.settings();
        int mostLength = settings.forceShutdownQueueLength();
        long mostBytes = settings.forceShutdownBytes();
        if (mostLength > 0 && session.messagesInMemory() > mostLength) {
            end(
                    session,
                    MAILBOX_OVERFLOW,
                    session.messagesInMemory() + " messages",
                    mostLength + " are allowed by forceShutdownQueueLength");
            return true;
        }
        if (mostBytes > 0 && bytes(session) > mostBytes) {
            end(
                    session,
                    PROC_HEAP_TOO_LARGE,
                    bytes(session) + " bytes",
                    mostBytes + " are allowed by forceShutdownBytes");
            return true;
        }
        return false;
    }

    private static long bytes(Session session) {
        Link link = session.link();
        return session.bytesInMemory() + (link == null ? 0 : link.heldBytes());
    }

    private static void end(Session session, String reason, String held, String most) {
        long more = session.exceeded().pass();
        if (more >= 0) {
            LOG.warn(
                    "maximum heap size reached, {shutdown, {}}: the session is ended; the client is {} and makes the"
                            + " broker hold {}, at most {} ({} more such lines held back) client={}",
                    reason,
                    session.isOnline() ? "slow" : "offline",
                    held,
                    most,
                    more,
                    session.clientId());
        }
        // Not now: the message at hand is on its way through the subscribers, of which this is one.
        session.home().loop().execute(() -> {
            Link link = session.link();
            if (link != null) {
                link.endExceeding(reason);
            }
            session.end();
        });
    }
}
