// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keeps the ledgers true: they name every clause, and exactly the tests that cite it. */
class LedgerTest {
    private static final Path CONFORMANCE = Path.of("src/test/java/io/marquetry/itests/conformance");

    @ParameterizedTest(name = "{0}")
    @CsvSource({"MQTT 5.0,v5,/ledger/mqtt-v5.0.ledger,251", "MQTT 3.1.1,v311,/ledger/mqtt-v3.1.1.ledger,142"})
    void givenTestsAndLedger_whenCompared_thenTheyAgree(String name, String folder, String resource, int clauses)
            throws IOException {
        CitedClauses cited = CitedClauses.in(CONFORMANCE.resolve(folder));
        Ledger ledger = Ledger.read(resource);

        Ledger right = ledger.with(cited.proofs());
        Path copy = Path.of("target").resolve(Path.of(resource).getFileName());
        Files.createDirectories(copy.getParent());
        Files.write(copy, right.lines());
        System.out.printf(
                "%d clauses of %s proved, %d not%n",
                right.proved(), name, right.entries().size() - right.proved());

        assertThat(cited.headless())
                .as("tests that name neither clause nor section")
                .isEmpty();
        assertThat(ledger.entries().keySet()).as("clauses of %s", name).hasSize(clauses);
        Set<String> unknown = new TreeSet<>(cited.proofs().keySet());
        unknown.removeAll(ledger.entries().keySet());
        assertThat(unknown)
                .as("clauses that tests cite and %s does not have", name)
                .isEmpty();
        assertThat(right.unexcused())
                .as("clauses that are neither proved nor excused")
                .isEmpty();
        List<String> differences = new ArrayList<>(right.lines());
        differences.removeAll(ledger.lines());
        assertThat(differences)
                .as("lines that the ledger lacks; if the change is meant, copy %s over it", copy)
                .isEmpty();
        assertThat(ledger.lines()).hasSameSizeAs(right.lines());
    }
}
