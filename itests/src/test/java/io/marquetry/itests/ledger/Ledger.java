// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.ledger;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/**
 * The list of all clauses of one specification. A line is {@code CLAUSE | proved: Class#method, ...} or {@code CLAUSE |
 * not tested: reason}; lines that begin with {@code #} are comments.
 *
 * @param comments the comment lines at the top
 * @param entries what the ledger says of each clause, in the order of the specification
 */
record Ledger(List<String> comments, Map<String, String> entries) {
    static final String PROVED = "proved: ";
    static final String NOT_TESTED = "not tested: ";

    private static final String NO_REASON = "no reason given";

    /** Reads a ledger from the class path. */
    static Ledger read(String resource) {
        Ledger ledger = new Ledger(new ArrayList<>(), new LinkedHashMap<>());
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(Ledger.class.getResourceAsStream(resource), resource),
                StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                ledger.add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ledger;
    }

    private void add(String line) {
        if (line.startsWith("#")) {
            comments.add(line);
        } else if (!line.isBlank()) {
            String[] parts = line.split(" \\| ", 2);
            if (parts.length < 2 || entries.put(parts[0], parts[1]) != null) {
                throw new IllegalStateException("A line of the ledger is malformed or repeated: " + line);
            }
        }
    }

    /** The ledger as it has to be when these are the proofs. */
    Ledger with(Map<String, TreeSet<String>> proofs) {
        Map<String, String> right = new LinkedHashMap<>();
        entries.forEach((clause, entry) -> {
            if (proofs.containsKey(clause)) {
                right.put(clause, PROVED + String.join(", ", proofs.get(clause)));
            } else {
                right.put(clause, entry.startsWith(NOT_TESTED) ? entry : NOT_TESTED + NO_REASON);
            }
        });
        return new Ledger(comments, Collections.unmodifiableMap(right));
    }

    /** How many clauses are proved. */
    long proved() {
        return entries.values().stream()
                .filter(entry -> entry.startsWith(PROVED))
                .count();
    }

    /** Clauses without a proof and without a reason. */
    List<String> unexcused() {
        return entries.entrySet().stream()
                .filter(entry -> entry.getValue().equals(NOT_TESTED + NO_REASON))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The lines as they stand in the file. */
    List<String> lines() {
        List<String> lines = new ArrayList<>(comments);
        entries.forEach((clause, entry) -> lines.add(clause + " | " + entry));
        return lines;
    }
}
