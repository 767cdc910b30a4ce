// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.core.internal.message.Publication;
import org.jspecify.annotations.Nullable;

/** One level of the tree of retained messages. */
final class RetainedNode extends TopicNode<RetainedNode> {
    /** A retained message and when it came, on the node-wide count of retained changes. */
    record Entry(Publication publication, long stamp) {}

    final @Nullable RetainedNode parent;

    @Nullable
    volatile Entry entry;

    RetainedNode(@Nullable RetainedNode parent, byte[] name, int hash) {
        super(name, hash);
        this.parent = parent;
    }

    /** Whether a wildcard does not match this first level [MQTT-4.7.2-1]. */
    boolean isReserved() {
        return name().length > 0 && name()[0] == '$';
    }
}
