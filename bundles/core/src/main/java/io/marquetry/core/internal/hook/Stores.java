// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.store.Store;

/** The stores that are there; nobody is asked by this chain, it tells whose they are. */
final class Stores extends HookChain<Store> {
    Stores(Owners owners) {
        super(Store.class, owners);
    }
}
