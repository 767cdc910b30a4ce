// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.apache.karaf.shell.support.table.ShellTable;
import org.jspecify.annotations.Nullable;

/**
 * What a command prints. People get columns and headings; scripts, with {@code --no-format}, one line a row and a tab
 * between two values, and nothing else.
 */
final class Table {
    private final ShellTable table = new ShellTable().forceAscii();
    private final StringBuilder lines = new StringBuilder();
    private final boolean raw;

    Table(boolean raw) {
        this.raw = raw;
    }

    Table text(String heading) {
        table.column(heading);
        return this;
    }

    Table number(String heading) {
        table.column(heading).alignRight();
        return this;
    }

    /** What people read when there is no row. */
    Table ifEmpty(String sentence) {
        table.emptyTableText(sentence);
        return this;
    }

    void row(Object... values) {
        List<String> safe =
                Stream.of(values).map(String::valueOf).map(Table::printable).toList();
        if (raw) {
            // Karaf's table without its lines still fills each column with blanks, which scripts would have to cut off.
            lines.append(String.join("\t", safe)).append('\n');
        } else {
            table.addRow().addContent(safe.toArray());
        }
    }

    /** Prints to whoever runs the command, or to the next command of a pipe. */
    void print() {
        if (raw) {
            System.out.print(lines);
        } else {
            table.print(System.out);
        }
    }

    /** A moment to the second, in UTC; a dash for 0. */
    static String time(long millis) {
        return millis == 0
                ? "-"
                : Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** A value that may be missing. */
    static String orDash(@Nullable Object value) {
        return value == null ? "-" : value.toString();
    }

    /** Says on the error stream how much is not in the table, so that no script takes it for a row. */
    static void leftOut(String what, int shown, long leftOut, String advice) {
        if (leftOut > 0) {
            System.err.println(what + ": " + shown + " shown, " + leftOut + " left out; " + advice);
        }
    }

    /**
     * Clients choose their names: one with control characters must not drive the operator's terminal, nor end a
     * script's line.
     */
    static String printable(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            int type = Character.getType(c);
            if (Character.isISOControl(c)
                    || type == Character.FORMAT
                    || type == Character.SURROGATE
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR) {
                safe.append(String.format("\\u%04X", c));
            } else {
                safe.appendCodePoint(c);
            }
        });
        return safe.toString();
    }
}
