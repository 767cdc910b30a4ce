// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.mqtt.QoS;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A row of a table, an element of a list or an entry of a hash that says what a client may do.
 *
 * @param permission {@code allow} or {@code deny}
 * @param action {@code publish}, {@code subscribe} or {@code all}
 * @param topic a filter with placeholders; {@code eq } in front of it means it literally
 * @param qos the qualities of service it speaks about, {@code 1} or {@code 0,1}; null or empty is all
 * @param retain {@code true} or {@code 1}, {@code false} or {@code 0}; null or empty is both
 */
public record RuleRow(
        String permission,
        String action,
        String topic,
        @Nullable String qos,
        @Nullable String retain) {
    /**
     * The rule that the row is.
     *
     * @param where the row is, for the sentence and for whoever asks which rule decides: {@code row 3 of mqtt_acl}
     * @throws IllegalArgumentException with a sentence that says where and what was expected. Let the whole answer be
     *     an error then: a rule that is left out may be the one that denies
     */
    public AccessRule rule(String where) {
        try {
            String text = where + ": " + permission + " " + action + " " + topic;
            Decision decision = switch (permission.strip().toLowerCase(Locale.ROOT)) {
                case "allow" -> new Decision.Allow(text);
                case "deny" -> new Decision.Deny(text);
                default ->
                    throw new IllegalArgumentException(
                            "expected the permission allow or deny, got \"" + permission + "\"");
            };
            return new AccessRule(
                    decision, AccessRule.Scope.parse(action.strip()), topic, qualities(qos), flag(retain));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
        }
    }

    private static Set<QoS> qualities(@Nullable String text) {
        Set<QoS> result = EnumSet.noneOf(QoS.class);
        if (text == null || text.isBlank()) {
            return result;
        }
        for (String word : text.split(",", -1)) {
            switch (word.strip()) {
                case "0" -> result.add(QoS.AT_MOST_ONCE);
                case "1" -> result.add(QoS.AT_LEAST_ONCE);
                case "2" -> result.add(QoS.EXACTLY_ONCE);
                default ->
                    throw new IllegalArgumentException(
                            "expected the qos 0, 1, 2 or several of them with commas, got \"" + text + "\"");
            }
        }
        return result;
    }

    private static @Nullable Boolean flag(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "1", "true", "t" -> true;
            case "0", "false", "f" -> false;
            case "all" -> null;
            default -> throw new IllegalArgumentException("expected retain to be true or false, got \"" + text + "\"");
        };
    }
}
