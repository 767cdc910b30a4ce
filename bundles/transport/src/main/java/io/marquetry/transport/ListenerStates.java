// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.admin.ListenerInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file {@code data/listeners}, which tells {@code bin/marquetry start} and {@code status} of the listeners without
 * a second JVM, and when no shell can be had: one line each, name, state and what there is to say, parted by tabs. It
 * is replaced as a whole, so nobody reads half of it. Callable from any thread.
 */
final class ListenerStates {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerStates.class);

    private final @Nullable Path file;
    private final SortedMap<String, String> lines = new TreeMap<>();
    private boolean failing;

    /** @param file where, or null when nobody reads it */
    ListenerStates(@Nullable Path file) {
        this.file = file;
    }

    /** There is a listener, and what it does is not decided. */
    void opening(String id) {
        put(id, "opening", "");
    }

    /** How a listener is from now on. */
    void is(ListenerInfo listener) {
        if (listener.problem() != null) {
            put(listener.id(), "problem", listener.problem());
        } else {
            put(listener.id(), listener.running() ? "listening" : "off", listener.bind());
        }
    }

    /** There is no such listener any more. */
    synchronized void gone(String id) {
        if (lines.remove(id) != null) {
            write();
        }
    }

    /** Names of processes and files are parts of what is said: whatever is in them, it stays one line. */
    private synchronized void put(String id, String state, String said) {
        String line = id + '\t' + state + '\t' + said.replaceAll("\\p{Cntrl}", " ") + '\n';
        if (!line.equals(lines.put(id, line))) {
            write();
        }
    }

    private void write() {
        if (file == null) {
            return;
        }
        try {
            Path fresh = file.resolveSibling("." + file.getFileName() + ".new");
            Files.writeString(fresh, String.join("", lines.values()));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn("cannot write {}, so bin/marquetry status cannot tell of listeners: {}", file, e.toString());
            }
            failing = true;
            removeStale(file);
        }
    }

    /** Rather nothing than what is not so any more. */
    private static void removeStale(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.debug("cannot remove {}", file, e);
        }
    }
}
