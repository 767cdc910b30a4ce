// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;

/** Brings sessions back that a store has kept, before clients are let in. */
public final class SessionRecovery {
    private final SessionRegistry registry;

    /** @param registry where they belong */
    public SessionRecovery(SessionRegistry registry) {
        this.registry = registry;
    }

    /**
     * Reads them, and sends each to its loop by the mailbox; nothing is noted. Takes its time, so not for a loop.
     *
     * @throws StoreException when the store cannot be read
     */
    public void read(Store store) throws StoreException {
        assert !registry.journals().areKept();
    }

    /**
     * All of them are in their places, and what is noted survives from now on: what has become due meanwhile, ends and
     * wills, may happen. Callable from any thread.
     */
    public void goOn() {
        assert registry.journals().areKept();
    }
}
