// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What is kept for each extension that offers a service, by the symbolic name of its bundle. */
final class Owners {
    private final Map<String, Owner> all = new ConcurrentHashMap<>();
    private final Ticker ticker;

    Owners(Ticker ticker) {
        this.ticker = ticker;
    }

    Ticker ticker() {
        return ticker;
    }

    Owner of(String owner) {
        return all.computeIfAbsent(owner, name -> new Owner(name, ticker));
    }
}
