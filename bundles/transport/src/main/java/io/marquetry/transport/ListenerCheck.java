// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.config.Keys;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Reads the settings of listeners without a container, for {@code bin/marquetry check-config}. Public for it alone; the
 * package is not exported.
 */
public final class ListenerCheck {
    private ListenerCheck() {}

    /** The beginning of a listener's PID, up to its name, to the one who reads it and reports what is wrong. */
    public static Map<String, Consumer<Keys>> readers() {
        Map<String, Consumer<Keys>> readers = new TreeMap<>();
        for (ListenerType type : ListenerType.values()) {
            readers.put(ListenerType.PID + type.word() + "~", keys -> ListenerSettings.read(type, keys));
        }
        return readers;
    }
}
