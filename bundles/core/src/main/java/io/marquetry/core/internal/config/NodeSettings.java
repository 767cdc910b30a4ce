// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

import io.marquetry.api.config.Keys;
import java.util.regex.Pattern;

/**
 * What a node is.
 *
 * @param name its name, {@code NAME@HOST}
 * @param loops how many event loops it has; 0 is one for each processor
 */
public record NodeSettings(String name, int loops) {
    /** The section in which users find these keys. */
    public static final String PID = "io.marquetry.core.node";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]+@[A-Za-z0-9_.:\\[\\]-]+");
    private static final String DEFAULT = "marquetry@127.0.0.1";

    /** Reads them; what is wrong is reported to {@code keys}. */
    public static NodeSettings read(Keys keys) {
        String name = keys.string("name", DEFAULT);
        if (!NAME.matcher(name).matches()) {
            keys.problem(
                    "name", name, "NAME@HOST of letters, digits, dots, dashes and underscores, such as " + DEFAULT);
            name = DEFAULT;
        }
        return new NodeSettings(name, keys.integer("loops", 0, 0, 62));
    }
}
