// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import io.marquetry.api.auth.AccessRule;
import java.util.Map;
import java.util.TreeSet;

/** A rule as a backend without a schema of ours has it: names and texts. */
public final class StoredRule {
    private StoredRule() {}

    /**
     * Reads {@code permission}, {@code action}, {@code topic}, {@code qos} and {@code retain}.
     *
     * @param fields each one's text; what the rule has not is left out
     * @param where as of {@link RuleRow#rule}
     * @throws IllegalArgumentException as of {@link RuleRow#rule}
     */
    public static AccessRule of(Map<String, String> fields, String where) {
        String permission = fields.get("permission");
        String action = fields.get("action");
        String topic = fields.get("topic");
        if (permission == null || action == null || topic == null) {
            throw new IllegalArgumentException(
                    where + ": expected permission, action and topic, got only " + new TreeSet<>(fields.keySet()));
        }
        return new RuleRow(permission, action, topic, fields.get("qos"), fields.get("retain")).rule(where);
    }
}
