// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tests' end of a {@link BundleWitness}: drops it into {@code deploy/}, takes it out and reads what it saw. */
final class Witness implements AutoCloseable {
    private static final String NAME = "io.marquetry.itests.witness";
    private static final Pattern STATE = Pattern.compile("witness state (\\S+) (id=.*)");
    private static final Pattern EVENT = Pattern.compile("witness event (.+) of (\\S+)");

    private final BrokerProcess broker;
    private final Path jar;
    private final int mark;

    private Witness(BrokerProcess broker, Path jar, int mark) {
        this.broker = broker;
        this.jar = jar;
        this.mark = mark;
    }

    /** Begins to watch. */
    static Witness begin(BrokerProcess broker) throws IOException {
        Path jar = broker.base().resolve("deploy").resolve("witness.jar");
        int mark = broker.log().mark();
        ExtensionJar.bundle(NAME)
                .header("Bundle-Activator", BundleWitness.class.getName())
                .header("Import-Package", "org.osgi.framework,org.osgi.framework.wiring,org.slf4j")
                .add(BundleWitness.class)
                .writeTo(jar);
        broker.log().await(mark, "witness began");
        return new Witness(broker, jar, mark);
    }

    /**
     * Ends watching, and fails when anything happened since the beginning to a bundle that is not one of
     * {@code extensions}: no event, no new revision, wiring or service.
     */
    void endAndAssertOnlyTouched(String... extensions) throws IOException {
        close();
        List<String> lines = broker.log().since(mark);
        List<String> mayChange = new ArrayList<>(List.of(extensions));
        mayChange.add(NAME);

        assertThat(lines.stream().map(EVENT::matcher).filter(Matcher::find).map(event -> event.group(2)))
                .as("bundles that something happened to")
                .isSubsetOf(mayChange);
        int began = indexOf(lines, "witness began");
        Map<String, String> before = states(lines.subList(0, began), mayChange);
        Map<String, String> after = states(lines.subList(began, lines.size()), mayChange);
        assertThat(before).containsKeys("io.marquetry.api", "io.marquetry.core", "io.marquetry.transport");
        assertThat(after).isEqualTo(before);
    }

    /** Ends watching, unless it has ended. */
    @Override
    public void close() throws IOException {
        if (Files.deleteIfExists(jar)) {
            broker.log().await(mark, "witness ended");
        }
    }

    private static int indexOf(List<String> lines, String text) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains(text)) {
                return i;
            }
        }
        throw new AssertionError("no line with " + text);
    }

    private static Map<String, String> states(List<String> lines, List<String> without) {
        Map<String, String> states = new TreeMap<>();
        for (String line : lines) {
            Matcher state = STATE.matcher(line);
            if (state.find() && !without.contains(state.group(1))) {
                // The log and File Install offer services to those who come; the broker's own must be the same.
                String services = state.group(1).startsWith("io.marquetry.") ? "" : " services=.*";
                states.put(
                        state.group(1),
                        services.isEmpty() ? state.group(2) : state.group(2).replaceAll(services, ""));
            }
        }
        return states;
    }
}
