// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.testing;

import io.marquetry.core.port.Entrance;
import io.marquetry.core.port.Terms;

/** The listener by which the clients of a test come; its terms change at will. */
public final class TestEntrance implements Entrance {
    private volatile Terms terms = Terms.NONE;

    @Override
    public String listener() {
        return "tcp:default";
    }

    @Override
    public Terms terms() {
        return terms;
    }

    /** Sets other terms. */
    public void terms(Terms changed) {
        terms = changed;
    }
}
