// SPDX-License-Identifier: Apache-2.0
package io.marquetry.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The variables {@code MARQUETRY_...} as configuration values. Immutable, safe for any thread.
 *
 * <p>Levels of a name are parted by two underscores, the last one is the key: {@code MARQUETRY_MQTT__MAX_INFLIGHT} is
 * {@code maxInflight} of {@code io.marquetry.core.mqtt}, {@code MARQUETRY_LISTENERS__TCP__DEFAULT__BIND} is
 * {@code bind} of {@code io.marquetry.transport.tcp~default}, and {@code MARQUETRY_AUTH__JDBC__URL} is {@code url} of
 * {@code io.marquetry.auth.jdbc}. What fits nowhere is not dropped in silence: {@link #problems()} says what was
 * expected.
 *
 * @since 1.0
 */
public final class Environment {
    /** The configurations of core, each of which exists from the first moment, with a file or without. */
    static final Set<String> CORE_SECTIONS = new TreeSet<>(List.of("flapping", "mqtt", "node", "retained", "sys"));

    private static final String PREFIX = "MARQUETRY_";
    private static final String PID_PREFIX = "io.marquetry.";
    private static final String LISTENERS = "listeners";
    private static final String LISTENER_PID = "transport.";
    private static final Set<String> LISTENER_TYPES = new TreeSet<>(List.of("ssl", "tcp", "ws", "wss"));
    /** Read by the launcher and the scripts; no configuration values. */
    private static final Set<String> NOT_CONFIGURATION = Set.of("BASE", "JAVA_OPTS");

    private static final Pattern LEVELS = Pattern.compile("__", Pattern.LITERAL);
    private static final Pattern LEVEL = Pattern.compile("[A-Z0-9]+(_[A-Z0-9]+)*");

    /** Canonical PID to key to value. */
    private final Map<String, SortedMap<String, String>> values = new LinkedHashMap<>();

    private final SortedSet<String> listeners = new TreeSet<>();
    private final List<String> problems = new ArrayList<>();

    private Environment() {}

    /**
     * Reads the variables of a process.
     *
     * @param variables all of them, as of {@link System#getenv()}; names without our prefix are left alone
     */
    public static Environment of(Map<String, String> variables) {
        Environment environment = new Environment();
        new TreeMap<>(variables).forEach((name, value) -> {
            if (name.startsWith(PREFIX) && !NOT_CONFIGURATION.contains(name.substring(PREFIX.length()))) {
                environment.read(name, value);
            }
        });
        return environment;
    }

    private void read(String variable, String value) {
        String[] levels = LEVELS.split(variable.substring(PREFIX.length()), -1);
        if (levels.length < 2
                || !Arrays.stream(levels).allMatch(level -> LEVEL.matcher(level).matches())) {
            problem(variable, "is not of the form " + PREFIX + "SECTION__KEY, in capitals");
            return;
        }
        String first = levels[0].toLowerCase(Locale.ROOT);
        String key = camelCase(levels[levels.length - 1]);
        if (first.equals(LISTENERS)) {
            readListener(variable, levels, key, value);
        } else if (levels.length > 2) {
            String path = Arrays.stream(levels, 0, levels.length - 1).collect(Collectors.joining("."));
            put(canonical(path), key, value);
        } else if (CORE_SECTIONS.contains(first)) {
            put("core." + first, key, value);
        } else {
            problem(variable, "names a section " + levels[0] + ", which does not exist");
        }
    }

    private void readListener(String variable, String[] levels, String key, String value) {
        if (levels.length != 4) {
            problem(variable, "does not name type, listener and key");
            return;
        }
        String type = levels[1].toLowerCase(Locale.ROOT);
        if (!LISTENER_TYPES.contains(type)) {
            problem(variable, "names a listener of type " + type + "; there is: " + String.join(", ", LISTENER_TYPES));
            return;
        }
        String name = levels[2].toLowerCase(Locale.ROOT);
        listeners.add(PID_PREFIX + LISTENER_PID + type + "~" + name);
        put(canonical(LISTENER_PID + type + "." + name), key, value);
    }

    private void put(String canonicalPid, String key, String value) {
        values.computeIfAbsent(canonicalPid, pid -> new TreeMap<>()).put(key, value);
    }

    /** The value stays out of the sentence: it may be a secret. */
    private void problem(String variable, String complaint) {
        problems.add("the environment variable " + variable + " " + complaint + "; it is ignored. Expected: " + PREFIX
                + "LISTENERS__TYPE__NAME__KEY, "
                + CORE_SECTIONS.stream()
                        .map(section -> PREFIX + section.toUpperCase(Locale.ROOT) + "__KEY")
                        .collect(Collectors.joining(", "))
                + ", or " + PREFIX + "A__B__KEY for the bundle io.marquetry.a.b");
    }

    /**
     * What the environment says of one configuration.
     *
     * @param pid a PID, with {@code ~NAME} when it is an instance of a factory
     * @return key to value, empty when the environment says nothing
     */
    public SortedMap<String, String> valuesOf(String pid) {
        if (!pid.startsWith(PID_PREFIX)) {
            return new TreeMap<>();
        }
        return new TreeMap<>(values.getOrDefault(canonical(pid.substring(PID_PREFIX.length())), new TreeMap<>()));
    }

    /** The PIDs, {@code io.marquetry.transport.TYPE~NAME}, of the listeners that have at least one variable. */
    public SortedSet<String> listeners() {
        return new TreeSet<>(listeners);
    }

    /** One sentence for each variable with our prefix that cannot be a configuration value. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    /**
     * PIDs outside of the foundation that the environment speaks of, without {@code io.marquetry.}: of extensions, or
     * misspelt. Characters that a variable's name cannot have are underscores.
     */
    SortedSet<String> extensionPids() {
        return values.keySet().stream()
                .filter(pid -> !pid.startsWith("core.") && !pid.startsWith(LISTENER_PID))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Equal for all spellings that a variable's name cannot tell apart: {@code tcp~my-port} and {@code TCP.MY_PORT}.
     */
    static String canonical(String path) {
        StringBuilder out = new StringBuilder(path.length());
        for (char c : path.toLowerCase(Locale.ROOT).toCharArray()) {
            boolean plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
            out.append(plain ? c : c == '~' ? '.' : '_');
        }
        return out.toString();
    }

    private static String camelCase(String upperSnake) {
        StringBuilder out = new StringBuilder(upperSnake.length());
        for (String word : upperSnake.toLowerCase(Locale.ROOT).split("_", -1)) {
            out.append(out.length() == 0 ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return out.toString();
    }
}
