// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.redis;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.Decision;
import io.marquetry.auth.support.StoredRule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Rules as a hash of Redis has them: a field is a topic filter, its value {@code publish}, {@code subscribe} or
 * {@code all}, or JSON such as {@code {"action": "publish", "qos": [0, 1], "retain": false, "permission": "deny"}}.
 */
final class HashRules {
    private static final JsonFactory JSON = new JsonFactory();

    private HashRules() {}

    /**
     * Reads every rule of a hash. A hash has no order, so what is denied comes first.
     *
     * @param where the hash is, for sentences
     * @throws IllegalArgumentException with a sentence, when a value is no rule
     */
    static List<AccessRule> of(Map<String, String> fields, String where) {
        List<AccessRule> rules = new ArrayList<>();
        for (Map.Entry<String, String> field : fields.entrySet()) {
            Map<String, String> row = row(field.getValue().trim());
            row.put("topic", field.getKey());
            row.putIfAbsent("permission", "allow");
            rules.add(StoredRule.of(row, where));
        }
        rules.sort(Comparator.comparing(rule -> rule.decision() instanceof Decision.Allow));
        return rules;
    }

    private static Map<String, String> row(String value) {
        if (!value.startsWith("{")) {
            return new HashMap<>(Map.of("action", value));
        }
        Map<String, String> row = new HashMap<>();
        try (JsonParser json = JSON.createParser(value)) {
            json.nextToken();
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                row.put(name, json.nextToken() == JsonToken.START_ARRAY ? list(json) : json.getText());
            }
            if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
                throw new IOException("it goes on behind its end");
            }
            return row;
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "expected publish, subscribe, all or an object of JSON such as {\"action\": \"publish\"}, got \""
                            + value + "\"",
                    e);
        }
    }

    private static String list(JsonParser json) throws IOException {
        List<String> items = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (!json.currentToken().isScalarValue()) {
                throw new IOException("a list in a list");
            }
            items.add(json.getText());
        }
        return String.join(",", items);
    }
}
