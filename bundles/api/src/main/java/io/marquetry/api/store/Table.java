// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.store;

/**
 * The tables of a store. A table is an ordered map from bytes to bytes; keys are compared as unsigned bytes from the
 * left. The constants are in the order of their numbers on disk: new ones come at the end.
 *
 * @since 1.0
 */
public enum Table {
    /** What holds for the store as a whole: the version of the layout, when the broker was last alive. */
    META("meta"),
    /** The sessions that outlive their connections, with their wills and their ends. */
    SESSION("session"),
    /** Their subscriptions. */
    SUBSCRIPTION("sub"),
    /** The messages that wait for them or are not acknowledged yet; the one that is written and deleted most. */
    QUEUE("queue"),
    /** Messages that several queues refer to. */
    MESSAGE("msg"),
    /** Which packet identifiers of outgoing messages are in use, and for what. */
    INFLIGHT("inflight"),
    /** The packet identifiers of incoming QoS 2 messages that were not released. */
    INBOX("inbox"),
    /** Retained messages, by topic name. */
    RETAINED("retained");

    private final String label;

    Table(String label) {
        this.label = label;
    }

    /** Its name on disk and in commands. */
    public String label() {
        return label;
    }
}
