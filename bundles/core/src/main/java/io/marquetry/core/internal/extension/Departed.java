// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The extensions that were removed last: what they left behind can still be read. Callable from any thread. */
final class Departed {
    private static final int MOST = 100;

    private final Deque<Life> lives = new ArrayDeque<>();

    synchronized void add(Life life) {
        lives.removeIf(known -> known.name().equals(life.name()));
        if (lives.size() == MOST) {
            lives.remove();
        }
        lives.add(life);
    }

    /** One by its name as people write it, or null. */
    synchronized @Nullable Life find(String written) {
        return lives.stream()
                .filter(life -> Required.isNameOf(written, life.name()))
                .findFirst()
                .orElse(null);
    }
}
