// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.hook.Quiescence;
import io.marquetry.core.internal.hook.Ticker;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.IntSupplier;

/**
 * The place of an extension in the chains, held while something is done to the extension: what would ask it waits, and
 * passes by it at no time. It is done once nobody is inside any more, or does not return. A place is held for so long
 * and no longer; what waits is refused then.
 */
final class HeldPlace {
    private final Hooks hooks;
    private final Ticker ticker;
    private final Quiescence quiescence;
    private final IntSupplier holdSeconds;
    private final int startSeconds;

    /**
     * @param holdSeconds for how long a place is held
     * @param startSeconds how long an activation may take
     */
    HeldPlace(Hooks hooks, Ticker ticker, Quiescence quiescence, IntSupplier holdSeconds, int startSeconds) {
        this.hooks = hooks;
        this.ticker = ticker;
        this.quiescence = quiescence;
        this.holdSeconds = holdSeconds;
        this.startSeconds = startSeconds;
    }

    /** For how long a place is held. */
    int seconds() {
        return holdSeconds.getAsInt();
    }

    /** What is done meanwhile. */
    interface Step {
        void run() throws IOException;
    }

    /**
     * Does something to an extension while its place is held.
     *
     * @param what that is, as the end of a sentence about it
     */
    void during(Life life, String what, Step step) throws IOException {
        var members = hooks.hold(life.name());
        life.held("it " + what + " since " + Instant.now().truncatedTo(ChronoUnit.SECONDS)
                + "; an activation that has not returned after " + startSeconds + " s is given up");
        int seconds = seconds();
        Runnable timer = ticker.after(
                seconds * 1000L,
                () -> hooks.expire(life.name(), "the extension was not back within " + seconds + " s"));
        try {
            if (!members.isEmpty() && !quiescence.await(members)) {
                life.note("is stopped although calls have not returned");
            }
            step.run();
        } finally {
            timer.run();
            if (!life.isActive()) {
                hooks.expire(life.name(), "the extension is not back: " + life.problem());
            }
            hooks.release(life.name());
        }
    }
}
