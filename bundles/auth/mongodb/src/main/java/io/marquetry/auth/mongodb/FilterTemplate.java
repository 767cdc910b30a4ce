// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.mongodb;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.Template;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInvalidOperationException;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.json.JsonParseException;
import org.jspecify.annotations.Nullable;

/**
 * A filter of MongoDB, written as JSON, whose texts have the placeholders of {@link Template}. It is parsed before a
 * client fills it: what a client writes is the value of a string and never an operator or a piece of JSON.
 */
final class FilterTemplate {
    /** What MongoDB runs or interprets: a string in there is more than a value. */
    private static final Set<String> INTERPRETED =
            Set.of("$where", "$expr", "$function", "$accumulator", "$regex", "$text", "$jsonSchema");

    private static final String EXAMPLE = "{\"username\": \"${username}\"}";

    private final BsonDocument filter;
    private final Map<BsonString, Template> templates = new IdentityHashMap<>();

    private FilterTemplate(BsonDocument filter) {
        this.filter = filter;
        collect(filter, null);
    }

    /**
     * Reads a filter.
     *
     * @throws IllegalArgumentException with a sentence that says what was expected
     */
    static FilterTemplate parse(String json) {
        try {
            return new FilterTemplate(BsonDocument.parse(json));
        } catch (JsonParseException | BsonInvalidOperationException e) {
            throw new IllegalArgumentException(
                    "expected an object of JSON such as " + EXAMPLE + " (" + e.getMessage() + ")", e);
        }
    }

    private void collect(BsonValue value, @Nullable String interpreter) {
        if (value instanceof BsonDocument document) {
            document.forEach((key, inner) -> {
                refusePlaceholder(key, "in the name of a field");
                collect(inner, INTERPRETED.contains(key) ? key : interpreter);
            });
        } else if (value instanceof BsonArray array) {
            array.forEach(inner -> collect(inner, interpreter));
        } else if (value instanceof BsonString string) {
            Template template = Template.parse(string.getValue());
            if (!template.isConstant()) {
                if (interpreter != null) {
                    throw new IllegalArgumentException("expected placeholders as values that are compared, such as "
                            + EXAMPLE + ", got one in " + interpreter + ", where a client could write a condition");
                }
                templates.put(string, template);
            }
        } else if (value.isRegularExpression()) {
            refusePlaceholder(value.asRegularExpression().getPattern(), "in a regular expression");
        } else if (value.isJavaScript()) {
            refusePlaceholder(value.asJavaScript().getCode(), "in JavaScript");
        }
    }

    private static void refusePlaceholder(String text, String where) {
        if (text.contains("${")) {
            throw new IllegalArgumentException(
                    "expected placeholders as values that are compared, such as " + EXAMPLE + ", got one " + where);
        }
    }

    /** Fills it for one client; null when the client has not everything that it needs. */
    @Nullable
    BsonDocument fill(ClientInfo client) {
        for (Template template : templates.values()) {
            for (String name : template.placeholders()) {
                if (Template.value(client, name) == null) {
                    return null;
                }
            }
        }
        return (BsonDocument) filled(filter, client);
    }

    private BsonValue filled(BsonValue value, ClientInfo client) {
        if (value instanceof BsonDocument document) {
            BsonDocument copy = new BsonDocument();
            document.forEach((key, inner) -> copy.put(key, filled(inner, client)));
            return copy;
        }
        if (value instanceof BsonArray array) {
            List<BsonValue> items = new ArrayList<>();
            array.forEach(inner -> items.add(filled(inner, client)));
            return new BsonArray(items);
        }
        Template template = value instanceof BsonString string ? templates.get(string) : null;
        return template == null ? value : new BsonString(template.fill(client));
    }
}
