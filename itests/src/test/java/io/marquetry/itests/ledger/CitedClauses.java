// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.ledger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the sources of the conformance tests cite: the comment behind {@code @Test} or {@code @ParameterizedTest}.
 *
 * @param proofs from clause to the tests that prove it, each as {@code Class#method}
 * @param headless tests whose annotation has no comment at all
 */
record CitedClauses(Map<String, TreeSet<String>> proofs, List<String> headless) {
    private static final Pattern HEAD = Pattern.compile("^\\s+@(?:Parameterized)?Test(?:\\(.*\\))?\\s*(//.*)?$");
    private static final Pattern METHOD = Pattern.compile("^\\s+void (\\w+)\\(");
    private static final Pattern CLAUSE = Pattern.compile("\\[(MQTT-[0-9.]+-[0-9]+)]");

    /** Reads every test class in a folder. */
    static CitedClauses in(Path folder) {
        CitedClauses cited = new CitedClauses(new TreeMap<>(), new ArrayList<>());
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith("Test.java"))
                    .sorted()
                    .toList()) {
                cited.read(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return cited;
    }

    private void read(Path file) throws IOException {
        String type = file.getFileName().toString().replace(".java", "");
        String head = null;
        for (String line : Files.readAllLines(file)) {
            Matcher heading = HEAD.matcher(line);
            if (heading.matches()) {
                head = heading.group(1) == null ? "" : heading.group(1);
            }
            if (head != null && line.strip().startsWith("// ")) {
                head += line.strip(); // a heading too long for one line
            }
            Matcher method = METHOD.matcher(line);
            if (head != null && method.find()) {
                add(type + "#" + method.group(1), head);
                head = null;
            }
        }
    }

    private void add(String test, String head) {
        if (head.isEmpty()) {
            headless.add(test);
        }
        Matcher clause = CLAUSE.matcher(head);
        while (clause.find()) {
            proofs.computeIfAbsent(clause.group(1), id -> new TreeSet<>()).add(test);
        }
    }
}
