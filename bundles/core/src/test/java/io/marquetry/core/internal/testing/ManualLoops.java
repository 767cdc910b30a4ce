// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.testing;

import io.marquetry.core.internal.hook.Ticker;
import io.marquetry.core.port.Loop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Several loops and one clock, all moved by hand, by the thread of the test. Nothing happens until {@link #settle} or
 * {@link #advance} is called; what runs then believes to be on its loop and nowhere else, so an entry on the wrong loop
 * fails its assertion.
 */
public final class ManualLoops {
    /** So many tasks in a row mean that the loops keep each other busy for ever. */
    private static final int ENDLESS = 5_000_000;

    private record Scheduled(long due, long order, ManualLoop loop, Runnable task) {}

    private final List<ManualLoop> loops = new ArrayList<>();
    private final PriorityQueue<Scheduled> scheduled =
            new PriorityQueue<>(Comparator.comparingLong(Scheduled::due).thenComparingLong(Scheduled::order));
    private final @Nullable Random random;
    private long order;
    private volatile long now = 1_000_000;
    private @Nullable ManualLoop running;

    /** Loops that take turns. */
    public ManualLoops(int count) {
        this(count, null);
    }

    /** @param random chooses which loop runs next, so that every order of theirs comes up; null lets them take turns */
    public ManualLoops(int count, @Nullable Random random) {
        this.random = random;
        for (int i = 0; i < count; i++) {
            loops.add(new ManualLoop(this, i));
        }
    }

    /** The loops, for a broker. */
    public List<Loop> loops() {
        return List.copyOf(loops);
    }

    /** One of them. */
    public ManualLoop loop(int index) {
        return loops.get(index);
    }

    /** Milliseconds of the clock that is moved by hand. */
    public long now() {
        return now;
    }

    /** The same time, for the deadlines of extensions. */
    public Ticker ticker() {
        return new Ticker() {
            @Override
            public long millis() {
                return now;
            }

            @Override
            public Runnable after(long millis, Runnable task) {
                AtomicBoolean forgotten = new AtomicBoolean();
                schedule(
                        loops.get(0),
                        () -> {
                            if (!forgotten.get()) {
                                task.run();
                            }
                        },
                        millis);
                return () -> forgotten.set(true);
            }
        };
    }

    @Nullable
    ManualLoop running() {
        return running;
    }

    synchronized void schedule(ManualLoop loop, Runnable task, long delayMillis) {
        scheduled.add(new Scheduled(now + Math.max(0, delayMillis), order++, loop, task));
    }

    void run(ManualLoop loop, Runnable task) {
        ManualLoop before = running;
        running = loop;
        try {
            task.run();
        } finally {
            running = before;
        }
    }

    /** Does something as if a loop did it, at once. */
    public void on(Loop loop, Runnable task) {
        run((ManualLoop) loop, task);
    }

    /** Runs at most so many tasks, and leaves the rest where it is. */
    public void step(int tasks) {
        for (int i = 0; i < tasks && runOne(); i++) {
            // each call runs one task
        }
    }

    /** Runs tasks until none is left, those that they give rise to included; the clock stands still. */
    public void settle() {
        for (int i = 0; runOne(); i++) {
            if (i == ENDLESS) {
                throw new IllegalStateException("the loops do not come to rest");
            }
        }
    }

    /** Runs the tasks of one loop until none is left, as when the others are slow. */
    public void settle(int index) {
        while (loops.get(index).runOne()) {
            // each call runs one task
        }
    }

    /** Moves the clock, and runs everything when its time comes. */
    public void advance(long millis) {
        long target = now + millis;
        settle();
        Scheduled next;
        while ((next = nextUpTo(target)) != null) {
            now = Math.max(now, next.due());
            next.loop().execute(next.task());
            settle();
        }
        now = target;
    }

    /** Moves the clock without letting anything run meanwhile, as when the machine was asleep. */
    public void oversleep(long millis) {
        now += millis;
    }

    private synchronized @Nullable Scheduled nextUpTo(long target) {
        Scheduled next = scheduled.peek();
        return next != null && next.due() <= target ? scheduled.poll() : null;
    }

    private boolean runOne() {
        int first = random == null ? 0 : random.nextInt(loops.size());
        for (int i = 0; i < loops.size(); i++) {
            if (loops.get((first + i) % loops.size()).runOne()) {
                return true;
            }
        }
        return false;
    }
}
