// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.store;

/** Who waits for a commit; called back on the loop of its journal, once. */
@FunctionalInterface
public interface Waiter {
    /**
     * The waiting is over.
     *
     * @param survives true when everything survives that was noted before; false when the store has not been able to
     *     write for so long that nobody should wait any more: it may survive in the end, but no promise may be made
     */
    void ended(boolean survives);
}
