// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages about extensions quote whole examples; what they quote is what is compiled. */
class QuotedCodeTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    /** The page of the one that is to be copied. */
    private static final String FIRST = "first-extension.md";

    private static final Pattern QUOTE = Pattern.compile("(?s)`(examples/[^`\n]+)`:\n\n```\\w+\n(.*?\n)```");

    static Stream<Path> examples() throws IOException {
        try (Stream<Path> folders = Files.list(ROOT.resolve("examples"))) {
            return folders.filter(folder -> Files.exists(folder.resolve("pom.xml"))).toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void givenExample_whenItsPageIsRead_thenEveryFileIsQuotedAsItIs(Path example) throws IOException {
        String name = example.getFileName().toString();
        Path page = ROOT.resolve("docs/extending").resolve(name.equals("copy-me") ? FIRST : name + ".md");

        assertThat(quotes(Files.readString(page)))
                .as("files quoted by %s; quote each as `PATH`: and a block", page)
                .containsExactlyInAnyOrderEntriesOf(files(example));
    }

    private static Map<String, String> quotes(String page) {
        Map<String, String> quotes = new LinkedHashMap<>();
        Matcher quote = QUOTE.matcher(page);
        while (quote.find()) {
            quotes.put(quote.group(1), quote.group(2));
        }
        return quotes;
    }

    private static Map<String, String> files(Path example) throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        try (Stream<Path> sources = Files.walk(example.resolve("src/main"))) {
            List<Path> all = Stream.concat(sources.filter(Files::isRegularFile), Stream.of(example.resolve("pom.xml")))
                    .toList();
            for (Path file : all) {
                files.put(ROOT.relativize(file).toString(), Files.readString(file));
            }
        }
        return files;
    }
}
