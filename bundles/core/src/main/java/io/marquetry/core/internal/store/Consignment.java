// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.store;

import io.marquetry.core.internal.loop.Home;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The receipt of a QoS 2 message from a durable session for durable sessions of several loops. Its packet identifier
 * and what all of them keep must survive together or not at all: else the publisher, who sends it again, would be taken
 * for one who repeats himself although some never got it, or some would get it twice [MQTT-4.3.3-10]. So the loops do
 * not commit their parts but hand them in here, and the publisher's loop commits them in one batch.
 */
public final class Consignment extends Receipt {
    private List<Part> parts = new ArrayList<>(2);
    private final Consumer<Consignment> complete;

    /**
     * @param home the publisher's
     * @param complete notes what belongs to the publisher, above all the packet identifier; called on its loop when all
     *     parts are there, in front of their commit
     */
    public Consignment(Home home, Journal journal, Consumer<Consignment> complete) {
        super(home, journal, journal.changes());
        this.complete = complete;
    }

    @Override
    public Part begin(Home target) {
        return new Part(target);
    }

    /** The publisher's own loop begins too; answered like the others by {@link #delivered}. */
    @Override
    public void delivered(Home target, @Nullable Part part) {
        if (part == null) {
            throw new IllegalArgumentException("expected the part that begin() returned");
        }
        if (part.home() == home()) {
            handedIn(part);
        } else {
            home().mailbox().post(() -> handedIn(part));
        }
    }

    private void handedIn(Part part) {
        parts.add(part);
        counted();
    }

    @Override
    public void routed() {
        counted();
    }

    /** Parts are expected by {@link #expect}, one for each; the last to come has all of them committed. */
    private void counted() {
        if (!isLast()) {
            return;
        }
        complete.accept(this);
        parts.forEach(part -> journal().append(part.batch()));
        journal().whenCommitted(this::tell);
    }

    /** Copies stay held back for as long as it takes; who waits to be acknowledged does not. */
    private void tell(boolean survives) {
        if (survives) {
            parts.forEach(part -> part.home().mailbox().post(part::committed));
            parts = List.of(); // a receipt may be remembered for long
        } else {
            journal().whenCommitted(this::tell);
        }
        if (!isOver()) {
            over(survives);
        }
    }
}
