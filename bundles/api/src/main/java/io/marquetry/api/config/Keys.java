// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the keys of one configuration, with a type, a default and bounds for each. It never throws: every problem
 * becomes a sentence that names file, key, value and what would be right, and the caller decides what goes on.
 */
public final class Keys {
    private static final Set<String> FRAMEWORK =
            Set.of("service.pid", "service.factoryPid", "felix.fileinstall.filename", "component.name", "component.id");
    private static final Pattern AMOUNT = Pattern.compile("(?<number>[0-9_]+)\\s*(?<unit>(?i:KB|MB|GB)?)");
    private static final Pattern RATE =
            Pattern.compile("(?<amount>[^/]+)/\\s*(?<count>[0-9]*)\\s*(?<unit>(?i:ms|s|m|h|d))");

    private final String pid;
    private final Map<String, ?> values;
    private final Set<String> known = new LinkedHashSet<>();
    private final List<String> problems = new ArrayList<>();

    /** The keys of a configuration with this PID. */
    public Keys(String pid, Map<String, ?> values) {
        this.pid = pid;
        this.values = values;
    }

    /** A whole number. */
    public int integer(String key, int fallback, int least, int most) {
        return (int) number(key, fallback, least, most);
    }

    /** A whole number. */
    public long number(String key, long fallback, long least, long most) {
        String text = text(key);
        if (text == null) {
            return fallback;
        }
        try {
            long value = Long.parseLong(text.replace("_", ""));
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // falls through to the one sentence for everything that is no such number
        }
        problem(
                key,
                text,
                "a whole number from " + least + (most == Long.MAX_VALUE ? " on" : " to " + most) + ", such as "
                        + fallback);
        return fallback;
    }

    /** A number with a fraction. */
    public double fraction(String key, double fallback, double least, double most) {
        String text = text(key);
        if (text == null) {
            return fallback;
        }
        try {
            double value = Double.parseDouble(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // falls through to the one sentence for everything that is no such number
        }
        problem(key, text, "a number from " + least + " to " + most + ", such as " + fallback);
        return fallback;
    }

    /**
     * A size in bytes: a whole number, with {@code KB}, {@code MB} or {@code GB} behind it or without.
     *
     * @since 1.0
     */
    public long size(String key, long fallback, long least, long most) {
        String text = text(key);
        if (text == null) {
            return fallback;
        }
        long value = amount(text);
        if (value >= least && value <= most) {
            return value;
        }
        problem(key, text, "a size from " + least + " to " + most + " bytes, such as 512KB or 16MB");
        return fallback;
    }

    /**
     * A rate: {@code 1000/s}, {@code 10MB/s}, {@code 100/10s} or {@code infinity}, with units of time ms, s, m, h and
     * d.
     *
     * @param burstKey the key of how many may come at once beyond it, such as {@code 500} or {@code 1MB}
     * @since 1.0
     */
    public Rate rate(String key, String burstKey) {
        String text = text(key);
        String burstText = text(burstKey);
        long burst = burstText == null ? 0 : amount(burstText);
        if (burst < 0) {
            problem(burstKey, String.valueOf(burstText), "a number, such as 500 or 1MB");
            burst = 0;
        }
        if (text == null || text.equalsIgnoreCase("infinity")) {
            return Rate.NONE;
        }
        Matcher matcher = RATE.matcher(text);
        if (matcher.matches()) {
            long amount = amount(matcher.group("amount").trim());
            String count = matcher.group("count");
            long millis = unit(matcher.group("unit"));
            try {
                millis = Math.multiplyExact(millis, count.isEmpty() ? 1 : Long.parseLong(count));
            } catch (ArithmeticException | NumberFormatException e) {
                millis = 0; // more than a number can hold: the sentence below
            }
            if (amount > 0 && millis > 0) {
                return new Rate(amount, millis, burst);
            }
        }
        problem(key, text, "a rate such as 1000/s, 10MB/s, 100/10s, or infinity");
        return Rate.NONE;
    }

    /** The number, or -1 when the text is none. */
    private static long amount(String text) {
        Matcher matcher = AMOUNT.matcher(text);
        if (!matcher.matches()) {
            return -1;
        }
        long factor = switch (matcher.group("unit").toUpperCase(Locale.ROOT)) {
            case "KB" -> 1L << 10;
            case "MB" -> 1L << 20;
            case "GB" -> 1L << 30;
            default -> 1L;
        };
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group("number").replace("_", "")), factor);
        } catch (ArithmeticException | NumberFormatException e) {
            return -1;
        }
    }

    private static long unit(String unit) {
        return switch (unit.toLowerCase(Locale.ROOT)) {
            case "ms" -> 1;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            case "d" -> 86_400_000;
            default -> 1000;
        };
    }

    /** True or false. */
    public boolean flag(String key, boolean fallback) {
        String text = text(key);
        if (text == null) {
            return fallback;
        }
        if (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false")) {
            return Boolean.parseBoolean(text.toLowerCase(Locale.ROOT));
        }
        problem(key, text, "true or false");
        return fallback;
    }

    /**
     * One of the words of an enum, written in camel case: {@code ROUND_ROBIN} is {@code round_robin} or
     * {@code roundRobin}.
     */
    public <E extends Enum<E>> E word(String key, E fallback) {
        String text = text(key);
        if (text == null) {
            return fallback;
        }
        E[] all = fallback.getDeclaringClass().getEnumConstants();
        for (E word : all) {
            if (plain(word.name()).equals(plain(text))) {
                return word;
            }
        }
        problem(
                key,
                text,
                "one of "
                        + String.join(
                                ", ", Arrays.stream(all).map(Keys::camelCase).toList()));
        return fallback;
    }

    /** A text; the empty one counts as absent. */
    public String string(String key, String fallback) {
        String text = text(key);
        return text == null ? fallback : text;
    }

    /** Reports a value that has the right form but cannot be used. */
    public void problem(String key, String value, String expected) {
        problems.add("conf/" + pid.replace('~', '-') + ".cfg (or its environment variable): " + key + " = " + value
                + ": expected " + expected);
    }

    /** What is wrong, one sentence each. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    /** Keys that nobody asked for, one sentence each; call it last. */
    public List<String> unknown() {
        List<String> result = new ArrayList<>();
        for (String key : values.keySet()) {
            if (!known.contains(key)
                    && !FRAMEWORK.contains(key)
                    && !key.startsWith("felix.")
                    && !key.startsWith("osgi.")
                    && !key.startsWith(".")) {
                result.add("conf/" + pid.replace('~', '-') + ".cfg: unknown key " + key + " is ignored; known keys: "
                        + String.join(", ", known));
            }
        }
        return result;
    }

    /** Every key that was asked for. */
    public Set<String> known() {
        return known;
    }

    private @Nullable String text(String key) {
        known.add(key);
        Object value = values.get(key);
        if (value == null) {
            return null;
        }
        String text = value.toString().trim();
        return text.isEmpty() ? null : text;
    }

    private static String plain(String word) {
        return word.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
    }

    private static String camelCase(Enum<?> word) {
        StringBuilder out = new StringBuilder();
        for (String part : word.name().toLowerCase(Locale.ROOT).split("_", -1)) {
            out.append(out.length() == 0 ? part : Character.toUpperCase(part.charAt(0)) + part.substring(1));
        }
        return out.toString();
    }
}
