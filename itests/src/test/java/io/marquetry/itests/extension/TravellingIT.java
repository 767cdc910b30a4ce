// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.Distribution;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Patience;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every extension that travels in the archive, all of them at once in {@code deploy/}. */
@OnlyMarquetry
class TravellingIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void givenEveryExtensionOfTheArchive_whenDropped_thenEachRunsOrSaysWhichConfigurationItWaitsFor() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(BrokerSettings.defaults())) {
            broker.log().allow("conf/users|KeyAuthenticator|ChallengeAuthenticator");
            List<Path> jars;
            try (Stream<Path> files = Files.list(Distribution.home().resolve("extensions"))) {
                jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
            }
            assertThat(jars).hasSizeGreaterThan(15);
            for (Path jar : jars) {
                Files.copy(jar, broker.base().resolve("deploy").resolve(jar.getFileName()));
            }

            Patience.untilPresent(
                    () -> "every extension to be active or to wait for its configuration: " + list(broker),
                    LIMIT,
                    () -> Optional.of(list(broker))
                            .filter(lines -> lines.size() == jars.size()
                                    && lines.stream().allMatch(TravellingIT::isWell)));
        }
    }

    private static boolean isWell(String line) {
        return line.contains("\tactive\t") || (line.contains("\twaiting\t") && line.contains("conf/"));
    }

    private static List<String> list(BrokerProcess broker) {
        try {
            return broker.command("shell", "mqtt:extension-list", "--no-format")
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
