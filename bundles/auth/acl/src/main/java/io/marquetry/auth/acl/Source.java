// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import java.util.Arrays;
import java.util.stream.IntStream;

/** The text of a file, and what its places are called. */
final class Source {
    private static final int MOST_SHOWN = 200;

    private final String name;
    private final String text;
    /** Where each line begins. */
    private final int[] lines;

    /** @param name the name of the file, for people */
    Source(String name, String text) {
        this.name = name;
        this.text = text;
        this.lines = IntStream.concat(
                        IntStream.of(0),
                        IntStream.range(0, text.length())
                                .filter(i -> text.charAt(i) == '\n')
                                .map(i -> i + 1))
                .toArray();
    }

    String text() {
        return text;
    }

    /** {@code acl.conf:12:5}: line and column, both from 1. */
    String place(int at) {
        int line = line(at);
        return name + ":" + line + ":" + (at - lines[line - 1] + 1);
    }

    /** {@code acl.conf:12 {allow, all}.}: a rule as it is written, in one line. */
    String rule(int from, int to) {
        String written =
                text.substring(from, Math.min(to, from + 2 * MOST_SHOWN)).replaceAll("\\s+", " ");
        return name + ":" + line(from) + " "
                + (written.length() > MOST_SHOWN ? written.substring(0, MOST_SHOWN) + "..." : written);
    }

    private int line(int at) {
        int found = Arrays.binarySearch(lines, at);
        return found >= 0 ? found + 1 : -found - 1;
    }
}
