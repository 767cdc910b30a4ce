// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.client;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A text with placeholders that a client fills: {@code ${clientid}}, {@code ${username}}, {@code ${peerhost}},
 * {@code ${cert_common_name}}, {@code ${cert_subject}}, {@code ${listener}}, {@code ${client_attrs.NAME}}; {@code %c}
 * and {@code %u} are older forms of the first two. Parsed once, filled often, by any thread.
 *
 * <p>Filled in one pass: a value that looks like a placeholder is a value.
 *
 * @since 1.0
 */
public final class Template {
    private static final String ATTRIBUTE = "client_attrs.";
    private static final Set<String> NAMES =
            Set.of("clientid", "username", "peerhost", "cert_common_name", "cert_subject", "listener");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]*)}|%([cu])");

    private record Part(String text, boolean isPlaceholder) {}

    private final String text;
    private final List<Part> parts;

    private Template(String text, List<Part> parts) {
        this.text = text;
        this.parts = parts;
    }

    /**
     * Reads a text whose placeholders a client fills.
     *
     * @throws IllegalArgumentException with a sentence that lists the placeholders there are, when it has another
     */
    public static Template parse(String text) {
        return parse(text, Set.of());
    }

    /**
     * Reads a text with placeholders that a client fills, and others.
     *
     * @param more the names of the others, for example {@code topic}
     * @throws IllegalArgumentException as of {@link #parse(String)}
     */
    public static Template parse(String text, Set<String> more) {
        List<Part> parts = new ArrayList<>();
        Matcher matcher = PLACEHOLDER.matcher(text);
        int end = 0;
        while (matcher.find()) {
            String name = matcher.group(1) != null
                    ? matcher.group(1)
                    : matcher.group(2).equals("c") ? "clientid" : "username";
            boolean attribute = name.startsWith(ATTRIBUTE) && name.length() > ATTRIBUTE.length();
            if (!attribute && !NAMES.contains(name) && !more.contains(name)) {
                Set<String> known = new TreeSet<>(NAMES);
                known.addAll(more);
                throw new IllegalArgumentException("expected one of the placeholders " + known
                        + " or client_attrs.NAME, got " + matcher.group() + " in \"" + text + "\"");
            }
            if (matcher.start() > end) {
                parts.add(new Part(text.substring(end, matcher.start()), false));
            }
            parts.add(new Part(name, true));
            end = matcher.end();
        }
        if (end < text.length()) {
            parts.add(new Part(text.substring(end), false));
        }
        return new Template(text, List.copyOf(parts));
    }

    /** What a client says to one name, or null when it has no such thing. */
    public static @Nullable String value(ClientInfo client, String name) {
        PeerCertificate certificate = client.certificate();
        return switch (name) {
            case "clientid" -> client.clientId();
            case "username" -> client.username();
            case "peerhost" -> host(client.remoteAddress());
            case "cert_common_name" -> certificate == null ? null : certificate.commonName();
            case "cert_subject" -> certificate == null ? null : certificate.subject();
            case "listener" -> client.listener();
            default -> name.startsWith(ATTRIBUTE) ? client.attributes().get(name.substring(ATTRIBUTE.length())) : null;
        };
    }

    private static @Nullable String host(@Nullable InetSocketAddress address) {
        if (address == null) {
            return null;
        }
        return address.getAddress() == null
                ? address.getHostString()
                : address.getAddress().getHostAddress();
    }

    /** Whether there is no placeholder in it. */
    public boolean isConstant() {
        return parts.stream().noneMatch(Part::isPlaceholder);
    }

    /** The text in front of the first placeholder; all of it when there is none. */
    public String prefix() {
        return parts.isEmpty() || parts.get(0).isPlaceholder()
                ? ""
                : parts.get(0).text();
    }

    /** The names of the placeholders, in order, as often as they stand in the text. */
    public List<String> placeholders() {
        return parts.stream().filter(Part::isPlaceholder).map(Part::text).toList();
    }

    /**
     * Puts a text in the place of each placeholder.
     *
     * @param valueOf says what to put for a name, for example {@code ?} for each one in a prepared statement
     */
    public String render(Function<String, String> valueOf) {
        StringBuilder filled = new StringBuilder();
        for (Part part : parts) {
            filled.append(part.isPlaceholder() ? valueOf.apply(part.text()) : part.text());
        }
        return filled.toString();
    }

    /** Fills it for one client; what the client has not is empty. Not for topics: see {@link #topic}. */
    public String fill(ClientInfo client) {
        return render(name -> {
            String value = value(client, name);
            return value == null ? "" : value;
        });
    }

    /**
     * Fills a topic or filter for one client. A value becomes a part of one level and never more: no {@code +},
     * {@code #}, {@code /} and null character, and no {@code $} where the topic begins.
     *
     * @return the topic, or null when a value is missing or would be more than that
     */
    public @Nullable String topic(ClientInfo client) {
        StringBuilder filled = new StringBuilder(text.length() + 16);
        for (Part part : parts) {
            if (!part.isPlaceholder()) {
                filled.append(part.text());
                continue;
            }
            String value = value(client, part.text());
            if (value == null || !isPartOfLevel(value) || (filled.isEmpty() && value.startsWith("$"))) {
                return null;
            }
            filled.append(value);
        }
        return filled.toString();
    }

    private static boolean isPartOfLevel(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '+' || c == '#' || c == '/' || c == '\0') {
                return false;
            }
        }
        return !value.isEmpty();
    }

    @Override
    public String toString() {
        return text;
    }
}
