// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One clause of a manifest header as OSGi writes them: {@code a.b;c.d;version="[1,2)";resolution:=optional}.
 *
 * @param paths what it speaks of
 * @param attributes what is written with {@code =}
 * @param directives what is written with {@code :=}
 */
record HeaderClause(List<String> paths, Map<String, String> attributes, Map<String, String> directives) {
    /** The clauses of a header. */
    static List<HeaderClause> parse(String header) {
        List<HeaderClause> clauses = new ArrayList<>();
        for (String clause : split(header, ',')) {
            if (!clause.isBlank()) {
                clauses.add(clause(clause));
            }
        }
        return clauses;
    }

    private static HeaderClause clause(String text) {
        List<String> paths = new ArrayList<>();
        Map<String, String> attributes = new LinkedHashMap<>();
        Map<String, String> directives = new LinkedHashMap<>();
        for (String part : split(text, ';')) {
            int equals = part.indexOf('=');
            if (equals < 0) {
                paths.add(part.strip());
            } else if (equals > 0 && part.charAt(equals - 1) == ':') {
                directives.put(part.substring(0, equals - 1).strip(), unquoted(part.substring(equals + 1)));
            } else {
                // Typed attributes are written NAME:TYPE=VALUE.
                String name = part.substring(0, equals).strip();
                attributes.put(name.replaceFirst(":.*", ""), unquoted(part.substring(equals + 1)));
            }
        }
        return new HeaderClause(paths, attributes, directives);
    }

    private static List<String> split(String text, char at) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == at && !quoted) {
                parts.add(text.substring(from, i));
                from = i + 1;
            }
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static String unquoted(String text) {
        String value = text.strip();
        return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1)
                : value;
    }
}
