// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import io.marquetry.api.config.Keys;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The configuration of one instance of an extension: read every key, then {@link #finish}, which refuses the whole with
 * every problem that was found. Used by one thread, while the component is made.
 */
public final class InstanceKeys {
    private final Keys keys;
    private final String name;

    private InstanceKeys(Keys keys, String name) {
        this.keys = keys;
        this.name = name;
    }

    /**
     * The keys of one instance.
     *
     * @param properties as the component gets them
     * @param fallbackPid the PID when the properties name none, as in a test
     */
    public static InstanceKeys of(Map<String, ?> properties, String fallbackPid) {
        Object own = properties.get("service.pid");
        String pid = own == null ? fallbackPid : own.toString();
        Keys keys = new Keys(pid, properties);
        // What the broker reads of every service is no typing mistake here.
        keys.string("service.ranking", "");
        keys.string("marquetry.name", "");
        return new InstanceKeys(keys, pid.replaceFirst("^io\\.marquetry\\.", ""));
    }

    /** Reads what has a type and bounds. */
    public Keys keys() {
        return keys;
    }

    /** How commands call the instance, for example {@code auth.jdbc.authenticator~default}. */
    public String name() {
        return name;
    }

    /** A text that has to be there. */
    public String required(String key, String expected) {
        String text = keys.string(key, "");
        if (text.isEmpty()) {
            keys.problem(key, "", expected);
        }
        return text;
    }

    /** A secret, as of {@link Secret}; null is none. */
    public @Nullable String secret(String key) {
        return parse(key, keys.string(key, ""), value -> Secret.read(key, value));
    }

    /** How passwords are hashed: {@code algorithm}, {@code saltPosition} and the numbers of PBKDF2. */
    public PasswordScheme passwordScheme() {
        String algorithm = keys.string("algorithm", "sha256");
        String position = keys.string("saltPosition", "prefix");
        String mac = keys.string("macFunction", "sha256");
        int iterations = keys.integer("iterations", 4096, 1, Integer.MAX_VALUE);
        int keyBytes = keys.integer("keyBytes", 0, 0, Integer.MAX_VALUE);
        PasswordScheme scheme =
                parse("algorithm", algorithm, text -> new PasswordScheme(text, position, mac, iterations, keyBytes));
        return scheme == null ? new PasswordScheme("sha256", "prefix", "sha256", 1, 0) : scheme;
    }

    /** A file that has to be there and readable when the key is set; null is none. */
    public @Nullable Path file(String key) {
        String text = keys.string(key, "");
        if (text.isEmpty()) {
            return null;
        }
        try {
            Path path = Place.of(text);
            if (Files.isReadable(path)) {
                return path;
            }
        } catch (InvalidPathException e) {
            // falls through to the one sentence for everything that is no such file
        }
        keys.problem(key, text, "a file that can be read");
        return null;
    }

    /** Takes a value that a parser refuses as a problem of this key. */
    public <T> @Nullable T parse(String key, String text, Parser<T> parser) {
        try {
            return text.isEmpty() ? null : parser.parse(text);
        } catch (IllegalArgumentException e) {
            keys.problem(key, text, String.valueOf(e.getMessage()).replaceFirst("^expected ", ""));
            return null;
        }
    }

    /**
     * Says which keys nobody knows.
     *
     * @throws IllegalArgumentException with a sentence for each problem, when there is one
     */
    public void finish(Logger log) {
        keys.unknown().forEach(log::warn);
        if (!keys.problems().isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", keys.problems()));
        }
    }

    /** Reads a text. */
    @FunctionalInterface
    public interface Parser<T> {
        /**
         * Reads it.
         *
         * @throws IllegalArgumentException with a sentence that says what was expected
         */
        T parse(String text);
    }
}
