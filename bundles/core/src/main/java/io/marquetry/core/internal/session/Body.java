// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

/**
 * A message in the store that several queues refer to.
 *
 * @param number its number; never used again for another
 * @param ticket the batch that it was put into; 0 when that was committed before
 * @param place where it was put there
 */
record Body(long number, long ticket, int place) {
    /** One that the store has. */
    Body(long number) {
        this(number, 0, 0);
    }
}
