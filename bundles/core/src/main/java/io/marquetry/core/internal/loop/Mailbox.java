// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.loop;

import io.marquetry.core.port.Loop;
import io.netty.util.internal.PlatformDependent;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What other loops send to this one: taken in order, in batches, with one wake-up per burst. It never blocks a sender
 * and never refuses; a sender that finds it {@link #isCrowded crowded} pauses its own source until the owner has caught
 * up.
 */
public final class Mailbox {
    private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);
    /** Bytes above which senders pause their sources, and below which they go on. */
    static final long HIGH_WATER = 16 << 20;

    static final long LOW_WATER = 4 << 20;
    private static final int BATCH = 4096;

    private final Loop loop;
    private final Counters counters;
    private final Queue<Runnable> letters = PlatformDependent.newMpscQueue();
    private final AtomicBoolean awake = new AtomicBoolean();
    private final AtomicLong bytes = new AtomicLong();
    private final ConcurrentLinkedQueue<Runnable> paused = new ConcurrentLinkedQueue<>();
    private final Runnable drain = this::drain;

    Mailbox(Loop loop, Counters counters) {
        this.loop = loop;
        this.counters = counters;
    }

    /** Sends something to be done on the loop; callable from any thread. */
    public void post(Runnable letter) {
        letters.offer(letter);
        // The plain read spares the atomic exchange while a burst is on its way.
        if (!awake.get() && awake.compareAndSet(false, true)) {
            loop.execute(drain);
        }
    }

    /** Charges or, with a negative number, releases bytes that travel in letters. */
    public void charge(long amount) {
        bytes.addAndGet(amount);
    }

    long bytes() {
        return bytes.get();
    }

    /** Whether senders should pause their sources. */
    public boolean isCrowded() {
        return bytes.get() > HIGH_WATER;
    }

    /** Calls back once, on this mailbox's loop, when the owner has caught up; callable from any thread. */
    public void whenRoomy(Runnable resume) {
        paused.add(resume);
        post(this::callPaused);
    }

    private void drain() {
        Runnable letter;
        for (int i = 0; i < BATCH && (letter = letters.poll()) != null; i++) {
            run(letter);
        }
        callPaused();
        if (!letters.isEmpty()) {
            loop.execute(drain);
            return;
        }
        awake.set(false);
        // Someone may have posted between the last look and the flag.
        if (!letters.isEmpty() && awake.compareAndSet(false, true)) {
            loop.execute(drain);
        }
    }

    private void callPaused() {
        if (paused.isEmpty() || bytes.get() > LOW_WATER) {
            return;
        }
        Runnable resume;
        while ((resume = paused.poll()) != null) {
            run(resume);
        }
    }

    /**
     * Whatever it throws, an extension's missing class included: a letter must not leave the mailbox asleep for ever.
     */
    private void run(Runnable letter) {
        try {
            letter.run();
        } catch (Exception | Error e) {
            counters.add(Metric.LOOP_ERRORS);
            LOG.error("a message between loops failed; the loop goes on", e);
        }
    }
}
