// SPDX-License-Identifier: Apache-2.0
package io.marquetry.config;

import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code ${NAME}} of a configuration file that are not meant for the container but for the component: topic
 * templates, queries, request bodies. File Install would put another key of the same file in their place, hence a
 * password where {@code ${password}} of a client is meant, or nothing at all. Here they are escaped, so that they
 * arrive as they were written.
 */
final class Placeholders {
    /**
     * What components fill, whatever else has that name. Those of {@code io.marquetry.api.client.Template}, and those
     * that extensions know besides.
     */
    private static final Set<String> FILLED_LATER = Set.of(
            "action",
            "cert_common_name",
            "cert_pem",
            "cert_subject",
            "clientid",
            "listener",
            "mountpoint",
            "password",
            "payload",
            "peerhost",
            "peername",
            "peerport",
            "proto_name",
            "proto_ver",
            "qos",
            "retain",
            "topic",
            "username",
            "zone");

    private static final String ATTRIBUTE = "client_attrs.";
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^{}\\\\\\s]+)}");

    private final Predicate<String> isProperty;

    /** @param isProperty whether the container has a property of that name */
    Placeholders(Predicate<String> isProperty) {
        this.isProperty = isProperty;
    }

    /**
     * Escapes, in the text of a file, what a component fills, and every name that nobody knows: the component says what
     * is wrong with it. {@code ${env:NAME}}, {@code ${NAME:-default}} and properties stay with the container.
     */
    String escape(String text) {
        Matcher matcher = PLACEHOLDER.matcher(text);
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        while (matcher.find()) {
            String name = matcher.group(1);
            // Two backslashes: one is for the reader of properties, the other for the one who fills placeholders.
            String written = isForComponent(name) ? "$\\\\{" + name + "\\\\}" : matcher.group();
            matcher.appendReplacement(escaped, Matcher.quoteReplacement(written));
        }
        return matcher.appendTail(escaped).toString();
    }

    private boolean isForComponent(String name) {
        return FILLED_LATER.contains(name)
                || name.startsWith(ATTRIBUTE)
                || (name.indexOf(':') < 0 && !isProperty.test(name));
    }
}
