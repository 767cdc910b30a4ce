// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

import io.marquetry.api.store.Store;
import org.jspecify.annotations.Nullable;

/** What the acknowledgement of a message for a durable session outlives. */
public enum Durability {
    /** {@link #DISK} when there is a store at the start or one is required, else {@link #MEMORY}. */
    AUTO,
    /** Nothing: no store is used, although there may be one. */
    MEMORY,
    /** The end of the process. */
    OS,
    /** The end of the operating system, and of the power. */
    DISK;

    /** Whether the broker cannot do without a store. */
    public boolean needsStore() {
        return this == OS || this == DISK;
    }

    /** What a store is asked for, or null when none is used. */
    public Store.@Nullable Durability ofStore() {
        return switch (this) {
            case MEMORY -> null;
            case OS -> Store.Durability.OS;
            case AUTO, DISK -> Store.Durability.DISK;
        };
    }
}
