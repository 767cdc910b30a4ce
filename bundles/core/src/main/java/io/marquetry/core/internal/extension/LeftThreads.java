// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Threads that an extension has left running when it was stopped: each keeps its classes in memory. */
final class LeftThreads {
    private LeftThreads() {}

    /** The names of live threads that belong to a class loader: by their class, or as their context. */
    static List<String> of(@Nullable ClassLoader loader) {
        if (loader == null) {
            return List.of();
        }
        Map<Thread, StackTraceElement[]> all = Thread.getAllStackTraces();
        return all.keySet().stream()
                .filter(thread -> thread.isAlive()
                        && (thread.getContextClassLoader() == loader
                                || thread.getClass().getClassLoader() == loader))
                .map(Thread::getName)
                .filter(name -> !name.startsWith("marquetry-"))
                .sorted()
                .toList();
    }
}
