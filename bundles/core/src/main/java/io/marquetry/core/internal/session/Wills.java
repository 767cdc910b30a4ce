// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.loop.Home;

/** Who publishes wills. */
@FunctionalInterface
public interface Wills {
    /**
     * Publishes a will.
     *
     * @param home of the session, on whose loop this is called
     * @param done to be called once, on the same loop, when every session that the will is for has noted it: with what
     *     is noted then it is committed, and not before
     */
    void publish(Home home, Will will, Runnable done);
}
