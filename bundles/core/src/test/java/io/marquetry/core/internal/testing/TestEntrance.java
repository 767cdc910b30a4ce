// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.testing;

import io.marquetry.api.config.Rate;
import io.marquetry.core.port.CertificateField;
import io.marquetry.core.port.Entrance;
import io.marquetry.core.port.Terms;
import java.util.List;

/** The listener by which the clients of a test come; its terms change at will. */
public final class TestEntrance implements Entrance {
    private volatile Terms terms = Terms.NONE;
    private volatile boolean sheltered = true;

    @Override
    public String listener() {
        return "tcp:default";
    }

    @Override
    public Terms terms() {
        return terms;
    }

    @Override
    public boolean isSheltered() {
        return sheltered;
    }

    /** From now on whoever reaches the network may come. */
    public void open() {
        sheltered = false;
    }

    /** From now on clients come by another mountpoint, and on no other terms. */
    public void mountpoint(String mountpoint) {
        terms = new Terms(
                mountpoint,
                2,
                CertificateField.NONE,
                CertificateField.NONE,
                List.of(),
                Rate.NONE,
                Rate.NONE,
                Rate.NONE,
                Rate.NONE);
    }

    /** Sets other terms. */
    public void terms(Terms changed) {
        terms = changed;
    }
}
