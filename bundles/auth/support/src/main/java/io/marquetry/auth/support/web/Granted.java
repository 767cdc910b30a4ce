// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support.web;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.Decision;
import io.marquetry.auth.support.RuleRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a token or an answer grants beside the connection, from JSON: maps, lists, strings, numbers, booleans and null.
 * What is not understood is an {@link IllegalArgumentException} with a sentence: half of a list of rules is another
 * list.
 */
public final class Granted {
    /** Where these rules are, for whoever asks which rule decides. */
    private static final String CLIENT = "rule of the client";

    private static final int MOST_ATTRIBUTES = 64;
    /** Seconds since 1970 of the end of the year 9999; more would not fit into milliseconds everywhere. */
    private static final double LAST_SECOND = 253_402_300_799.0;

    private Granted() {}

    /**
     * Rules: a list of {@code {"permission", "action", "topic", "qos", "retain"}}, or the older {@code {"pub": [...],
     * "sub": [...], "all": [...]}} whose topics are allowed.
     *
     * @param json null is no rule
     */
    public static List<AccessRule> rules(@Nullable Object json) {
        List<AccessRule> rules = new ArrayList<>();
        if (json instanceof List<?> list) {
            list.forEach(rule -> rules.add(rule(rule)));
        } else if (json instanceof Map<?, ?> map) {
            map.forEach((word, topics) -> allow(rules, String.valueOf(word), topics));
        } else if (json != null) {
            throw new IllegalArgumentException("expected a list of rules or {\"pub\", \"sub\", \"all\"}, got " + json);
        }
        return rules;
    }

    private static void allow(List<AccessRule> rules, String word, @Nullable Object topics) {
        AccessRule.Scope scope = switch (word) {
            case "pub" -> AccessRule.Scope.PUBLISH;
            case "sub" -> AccessRule.Scope.SUBSCRIBE;
            case "all" -> AccessRule.Scope.ALL;
            default -> throw new IllegalArgumentException("expected topics for pub, sub and all, got " + word);
        };
        for (Object topic : list(topics)) {
            String text = text("topic", topic);
            rules.add(new AccessRule(new Decision.Allow(CLIENT + ": " + word + " " + text), scope, text));
        }
    }

    private static AccessRule rule(@Nullable Object json) {
        if (!(json instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("expected a rule with permission, action and topic, got " + json);
        }
        return new RuleRow(
                        text("permission", map.get("permission")),
                        text("action", map.get("action")),
                        text("topic", map.get("topic")),
                        map.get("qos") == null ? null : qos(map.get("qos")),
                        map.get("retain") == null ? null : plain("retain", map.get("retain")))
                .rule(CLIENT);
    }

    private static String qos(@Nullable Object json) {
        List<?> list = list(json);
        if (list.isEmpty()) {
            throw new IllegalArgumentException("expected some of the qos 0, 1 and 2, or no qos for all of them");
        }
        return list.stream().map(one -> plain("qos", one)).collect(Collectors.joining(","));
    }

    /**
     * Attributes: names and texts, numbers or truth values.
     *
     * @param json null is none
     */
    public static Map<String, String> attributes(@Nullable Object json) {
        if (json == null) {
            return Map.of();
        }
        if (!(json instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("expected attributes by name, got " + json);
        }
        if (map.size() > MOST_ATTRIBUTES) {
            throw new IllegalArgumentException(
                    "expected at most " + MOST_ATTRIBUTES + " attributes, got " + map.size());
        }
        Map<String, String> attributes = new LinkedHashMap<>();
        map.forEach((name, value) -> attributes.put(String.valueOf(name), plain(String.valueOf(name), value)));
        return attributes;
    }

    /** A text, a number or a truth value as text; a whole number has no point. */
    public static String plain(String name, @Nullable Object value) {
        if (value instanceof Double number && number == Math.rint(number) && Math.abs(number) < 1e15) {
            return Long.toString(number.longValue());
        }
        if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            return value.toString();
        }
        throw new IllegalArgumentException("expected a text for " + name + ", got " + value);
    }

    /**
     * A point in time.
     *
     * @param json seconds since 1970; null is none
     * @return milliseconds since 1970; 0 is none
     */
    public static long millis(String name, @Nullable Object json) {
        if (json == null) {
            return 0;
        }
        if (!(json instanceof Number number) || !(number.doubleValue() >= 0)) {
            throw new IllegalArgumentException("expected seconds since 1970 for " + name + ", got " + json);
        }
        return Math.max(1, (long) (Math.min(number.doubleValue(), LAST_SECOND) * 1000));
    }

    private static List<?> list(@Nullable Object json) {
        if (json instanceof List<?> list) {
            return list;
        }
        if (json == null) {
            throw new IllegalArgumentException("expected a list, got null");
        }
        return List.of(json);
    }

    private static String text(String name, @Nullable Object json) {
        if (json instanceof String text && !text.isEmpty()) {
            return text;
        }
        throw new IllegalArgumentException("expected a text for " + name + ", got " + json);
    }
}
