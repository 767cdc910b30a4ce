// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreStatus;
import org.jspecify.annotations.Nullable;

/**
 * How the broker keeps what must survive.
 *
 * @param durability what an acknowledgement outlives, or null when everything is in memory and ends with the broker
 * @param problem in one sentence, why nothing is kept, or why what needs the store is not acknowledged now; empty when
 *     all is well
 * @param store how the store is, or null when there is none now
 * @param sessions sessions that outlive their connections and are kept
 * @param queuedMessages messages that wait for them
 * @param bytes of what waits and what is in flight for them
 * @param inFlight messages that were sent to them and are not acknowledged
 * @param awaitingRelease QoS 2 messages that were received from them and are not released
 * @param retained retained messages
 * @param uncommittedBytes what is on its way to the store
 * @since 1.0
 */
public record StorageInfo(
        Store.@Nullable Durability durability,
        String problem,
        @Nullable StoreStatus store,
        long sessions,
        long queuedMessages,
        long bytes,
        long inFlight,
        long awaitingRelease,
        long retained,
        long uncommittedBytes) {}
