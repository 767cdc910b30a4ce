// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

/** The nodes of the trie that match one topic name, with the version of the trie that they were found in. */
public final class Match {
    static final SubscriptionNode[] NO_NODES = {};

    final SubscriptionNode[] nodes;
    final long version;

    Match(SubscriptionNode[] nodes, long version) {
        this.nodes = nodes;
        this.version = version;
    }

    /** Whether nobody subscribes to the topic. */
    public boolean isEmpty() {
        return nodes.length == 0;
    }
}
