// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

/** What happens when a session's queue is full. */
public enum QueueFull {
    /** The oldest message makes room, counted and logged. */
    DROP_OLDEST,
    /** The publisher is refused: nobody gets the message. */
    REFUSE
}
