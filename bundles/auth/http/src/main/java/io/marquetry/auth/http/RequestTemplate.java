// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.http;

import io.marquetry.api.client.Template;
import io.marquetry.auth.support.InstanceKeys;
import io.marquetry.auth.support.Place;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request whose URL and body a client fills. What it fills in is escaped for the place where it stands, so that it
 * never becomes another parameter, another field or another path.
 *
 * @param post whether it is a POST, else a GET
 * @param url its text begins with scheme and host, which nobody fills
 * @param body null for a GET
 * @param escape how the body is escaped
 */
record RequestTemplate(
        boolean post, Template url, @Nullable Template body, Escape escape, Map<String, String> headers) {
    private static final Pattern HOST = Pattern.compile("https?://[^/?#$%@\\s]+(?=[/?]|$)");
    private static final Pattern SEPARATOR = Pattern.compile("[/\\\\]");

    private static final String FILE = "file:";

    private enum Method {
        GET,
        POST
    }

    private enum ContentType {
        JSON,
        FORM
    }

    /**
     * Reads {@code method}, {@code url}, {@code contentType}, {@code body} and {@code headers}; problems stay in
     * {@code keys}.
     *
     * @param more the placeholders beside those of a client
     * @param jsonBody the body, unless another is configured
     * @param formBody the same for a form
     * @return null when there are problems
     */
    static @Nullable RequestTemplate read(InstanceKeys keys, Set<String> more, String jsonBody, String formBody) {
        boolean post = keys.keys().word("method", Method.POST) == Method.POST;
        boolean json = keys.keys().word("contentType", ContentType.JSON) == ContentType.JSON;
        Escape escape = json ? Escape.JSON : Escape.PERCENT;
        String configured = keys.keys().string("body", "");
        if (!post && !configured.isEmpty()) {
            keys.keys().problem("body", configured, "none: a GET says everything in its url");
        }
        Template url = keys.parse(
                "url",
                keys.required("url", "the URL that is asked, such as http://127.0.0.1:8080/auth"),
                text -> url(text, more));
        Template body = post
                ? keys.parse(
                        "body",
                        configured.isEmpty() ? (json ? jsonBody : formBody) : configured,
                        text -> body(text, more, json))
                : null;
        Map<String, String> headers = headers(keys);
        if (post) {
            headers.putIfAbsent("Content-Type", json ? "application/json" : "application/x-www-form-urlencoded");
        }
        headers.putIfAbsent("Accept", "application/json");
        if (url == null || (post && body == null)) {
            return null;
        }
        return new RequestTemplate(post, url, body, escape, headers);
    }

    private static Template url(String text, Set<String> more) {
        String expected = "expected http://HOST[:PORT]/PATH or https://..., without a user and with no placeholder"
                + " in front of the path";
        if (!HOST.matcher(text).lookingAt()) {
            throw new IllegalArgumentException(expected);
        }
        Template url = Template.parse(text, more);
        try {
            URI sample = URI.create(url.render(name -> "x"));
            if (sample.getHost() == null || sample.getRawFragment() != null || climbs(sample)) {
                throw new IllegalArgumentException(expected + ", without # and segments . and ..");
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(expected + " (" + e.getMessage() + ")", e);
        }
        return url;
    }

    private static Template body(String text, Set<String> more, boolean json) {
        Template body = Template.parse(text, more);
        if (json) {
            try {
                // Outside a string, a client could write JSON of its own; qos and retain are the broker's words.
                Json.read(body.render(RequestTemplate::sample).getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new IllegalArgumentException(
                        "expected JSON, each placeholder but ${qos} and ${retain} inside a string", e);
            }
        }
        return body;
    }

    private static String sample(String name) {
        return switch (name) {
            case "qos" -> "0";
            case "retain" -> "false";
            default -> "x";
        };
    }

    private static Map<String, String> headers(InstanceKeys keys) {
        Map<String, String> headers = new LinkedHashMap<>();
        String text = keys.keys().string("headers", "");
        for (String header : text.isEmpty() ? new String[0] : text.split("\\|", -1)) {
            int colon = header.indexOf(':');
            String name = colon < 0 ? header.trim() : header.substring(0, colon).trim();
            // A value may be a key of an API: it is not shown.
            String value = colon < 0 ? null : secret(header.substring(colon + 1).trim());
            try {
                if (value == null) {
                    throw new IllegalArgumentException("no value");
                }
                HttpRequest.newBuilder().header(name, value);
                headers.put(name, value);
            } catch (IllegalArgumentException e) {
                keys.keys()
                        .problem(
                                "headers",
                                name + ": ***",
                                "NAME: VALUE | NAME: VALUE, of headers that may be set; file:PATH for a VALUE names a file");
            }
        }
        return headers;
    }

    /** The value, or what is in the file that it names; null when that cannot be read. */
    private static @Nullable String secret(String value) {
        if (!value.startsWith(FILE)) {
            return value;
        }
        try {
            return Files.readString(Place.of(value.substring(FILE.length()))).replaceFirst("\\R\\z", "");
        } catch (IOException | InvalidPathException e) {
            return null;
        }
    }

    /** How errors and decisions call it: without a query, which may hold a key. */
    String shown() {
        return (post ? "POST " : "GET ") + url.toString().replaceFirst("\\?.*", "");
    }

    /**
     * The request for one client.
     *
     * @param valueOf what the client fills in
     * @return null when the client would lead it to another path, by {@code ..}
     */
    @Nullable
    HttpRequest fill(Function<String, String> valueOf) {
        URI uri = URI.create(url.render(name -> Escape.PERCENT.apply(valueOf.apply(name))));
        if (climbs(uri)) {
            return null;
        }
        HttpRequest.Builder builder = HttpRequest.newBuilder(uri);
        headers.forEach(builder::setHeader);
        BodyPublisher publisher = body == null
                ? BodyPublishers.noBody()
                : BodyPublishers.ofString(body.render(name -> escape.apply(valueOf.apply(name))));
        return builder.method(post ? "POST" : "GET", publisher).build();
    }

    /** Some servers take {@code %2F} for a separator before they look for {@code ..}, so the decoded path counts. */
    private static boolean climbs(URI uri) {
        String path = uri.getPath();
        return path != null
                && Arrays.stream(SEPARATOR.split(path, -1))
                        .anyMatch(segment -> segment.equals(".") || segment.equals(".."));
    }
}
