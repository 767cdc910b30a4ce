// SPDX-License-Identifier: Apache-2.0
package org.postgresql.util;

import org.jspecify.annotations.NullMarked;

/**
 * Stands in front of the driver's class of this name, which begins a thread that nobody can end: it would outlive the
 * extension for as long as anything knows a class of it. That thread closes connections that somebody forgot to close;
 * the pool forgets none. Our jar comes before the driver's in {@code Bundle-ClassPath}.
 */
@NullMarked
public final class LazyCleanerImpl implements LazyCleaner {
    private static final LazyCleanerImpl INSTANCE = new LazyCleanerImpl();

    private LazyCleanerImpl() {}

    /** Called by the driver. */
    public static LazyCleanerImpl getInstance() {
        return INSTANCE;
    }

    @Override
    public <T extends Throwable> Cleanable<T> register(Object ignored, CleaningAction<T> action) {
        return new Once<>(action);
    }

    private static final class Once<T extends Throwable> implements Cleanable<T> {
        private final CleaningAction<T> action;
        private boolean done;

        Once(CleaningAction<T> action) {
            this.action = action;
        }

        @Override
        public void clean() throws T {
            synchronized (this) {
                if (done) {
                    return;
                }
                done = true;
            }
            action.onClean(false);
        }
    }
}
