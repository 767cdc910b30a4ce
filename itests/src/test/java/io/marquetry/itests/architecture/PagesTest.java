// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Distribution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages lead to each other, and travel with the archive. */
class PagesTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]+)(#[^)]*)?\\)");

    static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(Stream.of(ROOT.resolve("README.md"), ROOT.resolve("CHANGELOG.md")), docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .map(ROOT::relativize)
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void givenPage_whenItsLinksAreFollowed_thenSomethingIsThere(Path page) throws IOException {
        Path file = ROOT.resolve(page);

        assertThat(LINK.matcher(Files.readString(file))
                        .results()
                        .map(link -> link.group(1))
                        .filter(link -> !link.contains(":"))
                        .filter(link -> !Files.exists(file.resolveSibling(link))))
                .isEmpty();
    }

    @Test
    void givenArchive_whenUnpacked_thenEveryPageIsInIt() throws IOException {
        assertThat(pages())
                .hasSizeGreaterThan(40)
                .allSatisfy(
                        page -> assertThat(Distribution.home().resolve(page)).exists());
    }
}
