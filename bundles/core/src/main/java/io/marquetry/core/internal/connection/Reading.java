// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.Terms;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * How fast a connection is read, and when it is not: no faster than the terms of its listener say, and not at all while
 * there is a reason to {@link Pause}. On the loop of the wire.
 */
final class Reading {
    private final Connection connection;
    private Terms terms = Terms.NONE;
    private @Nullable Throttle throttle;
    private int paused;
    private long last;

    Reading(Connection connection) {
        this.connection = connection;
        this.last = connection.home().now();
    }

    // --- rates ---

    /** A buffer comes, to be read from here on. */
    void from(ByteBuf in) {
        if (haveTermsChanged()) {
            changed(connection.wire().entrance().terms());
        }
        if (throttle != null) {
            throttle.from(in);
        }
    }

    /** Whether one more packet may be read now. */
    boolean mayGoOn(ByteBuf in) {
        return paused == 0 && (throttle == null || throttle.mayRead(in));
    }

    /** A PUBLISH came. */
    void message() {
        if (throttle != null) {
            throttle.message();
        }
    }

    /** The buffer was read up to here. */
    void upTo(int readerIndex) {
        if (throttle != null) {
            throttle.upTo(readerIndex);
        }
    }

    /** Whether the listener has other terms than those in force here; each change is another object. */
    @SuppressWarnings("ReferenceEquality")
    boolean haveTermsChanged() {
        return connection.wire().entrance().terms() != terms;
    }

    private void changed(Terms changed) {
        Throttle before = throttle;
        terms = changed;
        throttle = Throttle.of(connection, before, changed);
        if (before != null) {
            connection.home().timers().cancel(before);
            resume(Pause.THROTTLED);
        }
    }

    /** Nothing of it may be left on this loop: the wire leaves, or has ended. */
    void leave() {
        if (throttle != null) {
            connection.home().timers().cancel(throttle);
        }
    }

    // --- pauses ---

    /** Stops reading, until {@link #resume} has been called for this {@link Pause} and every other. */
    void pause(int reason) {
        if (paused == 0) {
            connection.wire().pause();
        }
        paused |= reason;
    }

    /** Stops reading until there is room in the mailbox of another loop. */
    void pauseUntilRoomy(Home crowded) {
        pause(Pause.CROWDED);
        Loop loop = connection.home().loop();
        crowded.mailbox().whenRoomy(() -> loop.execute(() -> resume(Pause.CROWDED)));
    }

    void resume(int reason) {
        if ((paused & reason) == 0) {
            return;
        }
        paused &= ~reason;
        last = connection.home().now(); // the clock of the keep alive stood still
        if (paused == 0 && !connection.isClosed()) {
            connection.wire().resume();
        }
    }

    // --- silence ---

    /** A packet came [MQTT-3.1.2-22]: it counts when it is complete, its single bytes do not. */
    void heard() {
        last = connection.home().now();
    }

    /** For how many milliseconds nothing came; while it is not read, a client cannot be blamed for being silent. */
    long silentMillis() {
        return paused != 0 ? 0 : connection.home().now() - last;
    }
}
