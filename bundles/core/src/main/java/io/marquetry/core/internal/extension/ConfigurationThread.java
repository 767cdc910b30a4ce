// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says when an extension keeps the one thread that brings configurations: a component without a service that hangs in
 * activation, or one that hangs in deactivation. Both run on that thread, and nothing of ours is in between. It is not
 * interrupted: an interrupt that comes a moment late ends it for good, and no configuration would ever come again.
 */
final class ConfigurationThread {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigurationThread.class);
    private static final String NAME = "CM Event Dispatcher";
    /** What Felix calls the thread while it brings a configuration. */
    private static final Pattern BUSY = Pattern.compile(NAME + " \\(.*\\bpid=(?<pid>[^)]+)\\)");

    private final Supplier<Optional<Thread>> source;
    private final LongSupplier millis;
    private final int limitSeconds;
    private @Nullable Thread thread;
    private String doing = "";
    private long since;
    private boolean told;

    /**
     * @param source finds the thread
     * @param millis the time
     * @param limitSeconds how long an extension may take
     */
    ConfigurationThread(Supplier<Optional<Thread>> source, LongSupplier millis, int limitSeconds) {
        this.source = source;
        this.millis = millis;
        this.limitSeconds = limitSeconds;
    }

    /** The container's, without a look at what each thread does: there may be thousands. */
    static Optional<Thread> find() {
        ThreadGroup root = Thread.currentThread().getThreadGroup();
        while (root.getParent() != null) {
            root = root.getParent();
        }
        Thread[] all = new Thread[2 * root.activeCount()];
        int count = root.enumerate(all);
        return Arrays.stream(all, 0, count)
                .filter(thread -> thread.getName().startsWith(NAME))
                .findFirst();
    }

    /**
     * Looks, and says what has changed. Called regularly, by one thread.
     *
     * @param extensions their names
     */
    void look(Collection<String> extensions) {
        Thread looked = thread;
        if (looked == null || !looked.isAlive()) {
            looked = source.get().orElse(null);
            thread = looked;
        }
        String now = looked == null ? "" : looked.getName();
        if (!now.equals(doing)) {
            if (told) {
                LOG.info("changes of configuration are in force again");
            }
            doing = now;
            since = millis.getAsLong();
            told = false;
        } else if (looked != null && !told && isOver() && !isBounded(looked)) {
            told = tell(extensions);
        }
    }

    private boolean isOver() {
        return millis.getAsLong() - since > TimeUnit.SECONDS.toMillis(limitSeconds);
    }

    /** Whether it waits for a task that is given up when it takes too long; who waits says so. */
    private static boolean isBounded(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(Bounded.class.getName()));
    }

    private boolean tell(Collection<String> extensions) {
        Matcher busy = BUSY.matcher(doing);
        if (!busy.matches()) {
            return false;
        }
        String pid = busy.group("pid");
        Optional<String> owner =
                extensions.stream().filter(pid::startsWith).max(Comparator.comparingInt(String::length));
        owner.ifPresent(name -> LOG.error(
                "the extension {} hangs for {} s in a component that gets its configuration {}: until it returns, no"
                        + " change in conf/ is in force, of nobody; when it never does, restart the broker",
                name,
                limitSeconds,
                pid));
        return owner.isPresent();
    }

    /** Whether it was said that an extension keeps it. */
    boolean isKept() {
        return told;
    }
}
