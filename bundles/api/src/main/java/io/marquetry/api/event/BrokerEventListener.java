// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.event;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Hears what happens, beside the path of clients and messages: it can neither change nor delay anything. Register an
 * implementation as an OSGi service.
 *
 * <p>Called on the extension's own executor, by one thread at a time, with everything that has happened since the last
 * call. Events of one client come in their order. A listener that is slower than the broker loses the oldest events
 * beyond 10,000; how many is said with the next call. A call that throws is logged and counted; the listener hears the
 * next batch all the same.
 *
 * @since 1.0
 */
@ConsumerType
@FunctionalInterface
public interface BrokerEventListener {
    /**
     * Things have happened.
     *
     * @param events what, oldest first; never empty
     * @param lost how many events before these were lost, since this listener was too slow
     */
    void onEvents(List<BrokerEvent> events, long lost);
}
