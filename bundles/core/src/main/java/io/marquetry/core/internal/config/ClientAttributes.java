// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.Template;
import io.marquetry.api.config.BoundedPattern;
import io.marquetry.api.config.BoundedPattern.GaveUpException;
import io.marquetry.api.config.Keys;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Attributes that a client has by its names and its certificate, before anybody is asked about it.
 *
 * @param sources one for each attribute
 */
public record ClientAttributes(List<Source> sources) {
    private static final ClientAttributes NONE = new ClientAttributes(List.of());
    /** A bar can stand in an expression too; this one has blanks around it, and a name with a colon behind it. */
    private static final Pattern BETWEEN = Pattern.compile("\\s+\\|\\s+(?=\\w+\\s*:)");

    private static final Pattern ONE = Pattern.compile("(?<name>\\w+)\\s*:\\s*(?<text>.+?)(?:\\s+~\\s+(?<found>.+))?");

    /**
     * Where an attribute comes from.
     *
     * @param name its name
     * @param text what is filled by the client; one that it cannot fill makes no attribute
     * @param found what of that is taken, or null for all of it
     */
    public record Source(
            String name, Template text, @Nullable BoundedPattern found) {
        private @Nullable String of(ClientInfo client) throws GaveUpException {
            if (text.placeholders().stream().anyMatch(placeholder -> Template.value(client, placeholder) == null)) {
                return null;
            }
            String filled = text.fill(client);
            return found == null ? filled : found.extract(filled);
        }
    }

    /** Reads {@code tenant: ${username} ~ ^([^@]+)@ | device: ${cert_common_name}}; all of it must be right. */
    static ClientAttributes read(Keys keys, String key) {
        String text = keys.string(key, "").strip();
        if (text.isEmpty()) {
            return NONE;
        }
        List<Source> sources = new ArrayList<>();
        for (String one : BETWEEN.split(text)) {
            Matcher matcher = ONE.matcher(one.strip());
            if (!matcher.matches()
                    || sources.stream().anyMatch(source -> source.name().equals(matcher.group("name")))) {
                keys.problem(
                        key,
                        text,
                        "NAME: TEXT ~ EXPRESSION | NAME: TEXT, each name once, with placeholders in TEXT; \"" + one
                                + "\" is none");
                return NONE;
            }
            try {
                Template template = Template.parse(matcher.group("text"));
                if (template.placeholders().stream().anyMatch(name -> name.startsWith("client_attrs."))) {
                    throw new IllegalArgumentException(
                            "expected other placeholders than client_attrs, got \"" + one + "\"");
                }
                String expression = matcher.group("found");
                sources.add(new Source(
                        matcher.group("name"),
                        template,
                        expression == null ? null : BoundedPattern.compile(expression)));
            } catch (IllegalArgumentException e) {
                keys.problem(key, text, String.valueOf(e.getMessage()).replaceFirst("^expected ", ""));
                return NONE;
            }
        }
        return new ClientAttributes(List.copyOf(sources));
    }

    /**
     * Those of a client.
     *
     * @throws GaveUpException when an expression takes too long for its names
     */
    public Map<String, String> of(ClientInfo client) throws GaveUpException {
        if (sources.isEmpty()) {
            return Map.of();
        }
        Map<String, String> attributes = new LinkedHashMap<>();
        for (Source source : sources) {
            String value = source.of(client);
            if (value != null && !value.isEmpty()) {
                attributes.put(source.name(), value);
            }
        }
        return attributes;
    }
}
