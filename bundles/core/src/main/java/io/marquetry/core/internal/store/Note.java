// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.store;

import io.marquetry.api.store.Batch;

/**
 * Something of which only the newest state counts: it is written once into each batch, as it is when the batch is
 * handed over, however often it has changed. On the loop of its journal.
 */
@FunctionalInterface
public interface Note {
    /** Writes the state of now. */
    void write(Batch batch);
}
