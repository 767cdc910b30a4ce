// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The archive that the build made, unpacked once for a run. {@code -Dmarquetry.archive} names it; otherwise it is the
 * newest {@code distribution/target/marquetry-*.tar.gz} beside the module.
 */
public final class Distribution {
    private static final Distribution UNPACKED = new Distribution();

    private final Path target = Path.of("target").toAbsolutePath();
    private final Path home;

    private Distribution() {
        try {
            home = unpack(archive(), target.resolve("distribution"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The unpacked archive: {@code bin conf deploy extensions lib system}. Nobody writes there. */
    public static Path home() {
        return UNPACKED.home;
    }

    /** The bundles that the archive starts up to this start level, in its order: {@code file:} URLs. */
    public static List<String> bundles(int startLevel) throws IOException {
        java.util.Properties startup = new java.util.Properties();
        try (var in = Files.newInputStream(home().resolve("lib/etc/startup.properties"))) {
            startup.load(in);
        }
        return startup.stringPropertyNames().stream()
                .filter(name -> Integer.parseInt(startup.getProperty(name)) <= startLevel)
                .sorted(Comparator.comparing(name -> Integer.parseInt(startup.getProperty(name))))
                .map(name -> location(name).toUri().toString())
                .toList();
    }

    /** Where the archive keeps {@code mvn:group/artifact/version/type/classifier}. */
    private static Path location(String mvn) {
        String[] parts = mvn.substring("mvn:".length()).split("/", -1);
        String file = parts[1] + "-" + parts[2] + (parts.length > 4 ? "-" + parts[4] : "") + ".jar";
        return home().resolve("system")
                .resolve(parts[0].replace('.', '/'))
                .resolve(parts[1])
                .resolve(parts[2])
                .resolve(file);
    }

    /** A new directory for a broker, below {@code target}, where it stays for who wants to look. */
    static Path newBase() throws IOException {
        Path brokers = Files.createDirectories(UNPACKED.target.resolve("brokers"));
        return Files.createTempDirectory(brokers, "base");
    }

    private static Path archive() throws IOException {
        String named = System.getProperty("marquetry.archive");
        if (named != null && !named.isEmpty()) {
            return Path.of(named);
        }
        Path folder = Path.of("..", "distribution", "target");
        Optional<Path> newest = Optional.empty();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                newest = files.filter(file -> file.getFileName().toString().matches("marquetry-.*\\.tar\\.gz"))
                        .max(Comparator.comparing(file -> file.toFile().lastModified()));
            }
        }
        return newest.orElseThrow(() -> new IllegalStateException(
                "There is no " + folder.toAbsolutePath().normalize()
                        + "/marquetry-*.tar.gz; build the distribution first, or name a broker by -Dmarquetry.port"));
    }

    private static Path unpack(Path archive, Path into) throws IOException, InterruptedException {
        if (Files.exists(into)) {
            run("rm", "-rf", into.toString());
        }
        Files.createDirectories(into);
        run("tar", "-xzf", archive.toString(), "-C", into.toString());
        try (Stream<Path> folders = Files.list(into)) {
            return folders.filter(folder -> folder.getFileName().toString().startsWith("marquetry-"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException(archive + " holds no folder marquetry-VERSION"));
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException("Failed: " + String.join(" ", command));
        }
    }
}
