// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Words of a configuration that stand for one of a few things. */
public final class Words {
    private Words() {}

    /**
     * The constant that a word names, in whatever case.
     *
     * @throws IllegalArgumentException with the key and every word there is
     */
    public static <E extends Enum<E>> E one(Class<E> type, String key, String word) {
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equalsIgnoreCase(word.strip())) {
                return constant;
            }
        }
        throw new IllegalArgumentException("expected " + key + " to be one of "
                + Arrays.stream(type.getEnumConstants())
                        .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(", "))
                + ", got \"" + word + "\"");
    }
}
