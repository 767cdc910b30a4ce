// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import io.marquetry.api.admin.ExtensionInfo;
import io.marquetry.api.admin.ExtensionInfo.ServiceInfo;
import io.marquetry.api.admin.ExtensionInfo.State;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;

/**
 * One extension of {@code deploy/}. Changed by the installer's thread only; what {@link #info} shows is for any thread.
 */
final class Life {
    private static final int LINES_KEPT = 50;

    final Memory memory;
    /** Its bundle, or null when it has none now. */
    @Nullable
    Bundle bundle;
    /** The content that runs. */
    @Nullable
    String runningHash;
    /** The content that failed in this run of the broker. */
    @Nullable
    String failedHash;
    /** Why it could not be looked after, when that was so the last time. */
    @Nullable
    String trouble;
    /** How many bundles of it had to be left behind, since they hang. */
    int abandoned;

    private boolean lacking;
    private long lackingSince;

    private final String name;
    private final Deque<String> journal = new ArrayDeque<>();
    private volatile State state = State.WAITING;
    private volatile @Nullable String problem = "it is not its turn yet: extensions are installed one by one";
    private volatile String version = "";
    private volatile @Nullable String file;
    private volatile long activeSince;
    private volatile boolean required;

    Life(String name, Memory memory) {
        this.name = name;
        this.memory = memory;
    }

    String name() {
        return name;
    }

    State state() {
        return state;
    }

    @Nullable
    String problem() {
        return problem;
    }

    /** Whether its services are there, be it those of an earlier jar. */
    boolean isActive() {
        return activeSince != 0;
    }

    /** Which of its files counts, and what version runs or would. */
    void is(String fileName, String itsVersion) {
        file = fileName;
        version = itsVersion;
    }

    void required(boolean now) {
        required = now;
    }

    boolean isRequired() {
        return required;
    }

    void active() {
        become(State.ACTIVE, null, true);
    }

    void rolledBack(String why, boolean runs) {
        become(State.ROLLED_BACK, why, runs);
    }

    void waiting(@Nullable String why) {
        become(State.WAITING, why, false);
    }

    void refused(String why) {
        become(State.REFUSED, why, false);
    }

    /** Something is done to it, and its place in the chains is held. */
    void held(String what) {
        problem = what;
        state = State.HELD;
    }

    /**
     * It lacks something. A component that is made anew lacks something too, for a moment in which its place is held.
     *
     * @return whether it has done so for longer than that
     */
    boolean isLost(long nowMillis) {
        if (!lacking) {
            lacking = true;
            lackingSince = nowMillis;
        }
        return nowMillis - lackingSince > ExtensionServices.COMES_BACK_MILLIS;
    }

    /** It lacks nothing. */
    void well() {
        lacking = false;
    }

    /** It is as it is: the end of being held. */
    private void become(State next, @Nullable String why, boolean runs) {
        activeSince = !runs ? 0 : activeSince != 0 && state == next ? activeSince : System.currentTimeMillis();
        problem = why;
        state = next;
    }

    /** Writes down what happened, for {@code extension-why}. */
    void note(String line) {
        synchronized (journal) {
            if (journal.size() == LINES_KEPT) {
                journal.remove();
            }
            journal.add(Instant.now().truncatedTo(ChronoUnit.SECONDS) + " " + line);
        }
    }

    List<String> journal() {
        synchronized (journal) {
            return List.copyOf(journal);
        }
    }

    ExtensionInfo info(List<ServiceInfo> services) {
        return new ExtensionInfo(name, version, state, file, required, problem, activeSince, services);
    }
}
