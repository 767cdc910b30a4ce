// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.port;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A listener as the broker sees it: one object for all who come by it, for as long as it or one of them lives. Callable
 * from any thread.
 *
 * @since 1.0
 */
@ConsumerType
public interface Entrance {
    /** The listener's name, {@code type:name}, for example {@code tcp:default}. */
    String listener();

    /**
     * On which terms clients come by it now; another object after a change. Its rates are in force for everyone at
     * once, the rest from the next CONNECT on.
     */
    Terms terms();

    /**
     * Whether clients may come without credentials while nobody would look at them: only this machine can reach the
     * listener, or clients have shown a certificate.
     */
    default boolean isSheltered() {
        return true;
    }
}
