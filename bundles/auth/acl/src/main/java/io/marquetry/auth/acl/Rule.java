// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.config.BoundedPattern.GaveUpException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of the file.
 *
 * @param topics a rule for each of its topics
 * @param filters their topic filters
 * @param anyTopic whether it speaks about every topic
 * @param decision what it decides
 * @param undecidable what is decided when it cannot be said whether it speaks about a client: no
 */
record Rule(
        Who who,
        List<AccessRule> topics,
        List<String> filters,
        boolean anyTopic,
        Decision decision,
        Decision undecidable) {
    /** Covered by the filter {@code #}, whatever the topic of the client is: {@code #} leaves out {@code $SYS}. */
    private static final String ANY_TOPIC = "#";

    /** What it decides, or null when it does not speak about this. */
    @Nullable
    Decision decide(Asker asker, Action action, String topic) {
        // Mostly it is about somebody else, which is found out faster than whether it is about another topic.
        Decision its = decisionAbout(asker);
        return its != null && speaksAbout(asker.client(), action, anyTopic ? ANY_TOPIC : topic) ? its : null;
    }

    private @Nullable Decision decisionAbout(Asker asker) {
        try {
            return who.matches(asker) ? decision : null;
        } catch (GaveUpException e) {
            return undecidable;
        }
    }

    private boolean speaksAbout(ClientInfo client, Action action, String topic) {
        for (int i = 0; i < topics.size(); i++) {
            if (topics.get(i).matches(client, action, topic)) {
                return true;
            }
        }
        return false;
    }
}
