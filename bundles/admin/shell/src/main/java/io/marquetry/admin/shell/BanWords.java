// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Ban;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How kinds and lengths of bans are written. */
final class BanWords {
    private static final Pattern LENGTH = Pattern.compile("(?<number>[0-9]{1,9})(?<unit>[smhd])");
    private static final Map<String, Long> MILLIS =
            Map.of("s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

    private BanWords() {}

    static Ban.Kind kind(String word) {
        return Arrays.stream(Ban.Kind.values())
                .filter(kind -> kind.word().equals(word.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("expected one of the kinds "
                        + Arrays.stream(Ban.Kind.values()).map(Ban.Kind::word).collect(Collectors.joining(", "))
                        + ", got " + word));
    }

    /** The moment so long after another, in milliseconds; {@link Long#MAX_VALUE} for never. */
    static long end(String length, long from) {
        if (length.equals("never")) {
            return Long.MAX_VALUE;
        }
        Matcher matcher = LENGTH.matcher(length);
        if (!matcher.matches() || Long.parseLong(matcher.group("number")) == 0) {
            throw new IllegalArgumentException(
                    "expected --for to be a length such as 30s, 5m, 12h or 7d, got " + length);
        }
        long unit = MILLIS.getOrDefault(matcher.group("unit"), 1_000L);
        return from + Long.parseLong(matcher.group("number")) * unit;
    }
}
