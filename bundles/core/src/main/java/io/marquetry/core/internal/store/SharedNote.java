// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.store;

import io.marquetry.api.store.Batch;

/**
 * A {@link Note} about something that several loops change. The batches of different journals are committed in any
 * order; those with shared notes are written and handed over one at a time, so the store gets the states in the order
 * in which they were, and the newest comes last.
 */
public interface SharedNote {
    /**
     * Writes the states of now, which may be newer than those that were noted. Called on the loop of its journal, and
     * again for the same batch when the batch has to be handed over once more. Keep it short: other loops wait.
     */
    void write(Batch batch);

    /** About how many bytes it will write. */
    int bytes();
}
