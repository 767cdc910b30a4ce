// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.OnlyMarquetry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.osgi.framework.Bundle;

/** The container of the archive, looked at from within by a bundle and from outside by the operating system. */
@OnlyMarquetry
class ContainerIT {
    private static final String PROBE = "io.marquetry.itests.probe";
    private static final Pattern BUNDLE = Pattern.compile(
            "probe bundle (?<name>\\S+) state=(?<state>\\d+) fragment=(?<fragment>\\S+) from=(?<from>\\S+)");
    private static final Pattern SOCKET = Pattern.compile("socket:\\[(\\d+)]");
    /** Of /proc/net/tcp. */
    private static final String LISTEN = "0A";

    private static BrokerProcess broker;
    private static List<String> seen;

    @BeforeAll
    static void startAndLook() throws IOException {
        broker = BrokerProcess.start(BrokerSettings.defaults());
        int mark = broker.log().mark();
        ExtensionJar.bundle(PROBE)
                .header("Bundle-Activator", ContainerProbe.class.getName())
                .header("Import-Package", "org.osgi.framework,org.slf4j")
                .add(ContainerProbe.class)
                .writeTo(broker.base().resolve("deploy").resolve("probe.jar"));
        broker.log().await(mark, "probe done");
        seen = broker.log().since(mark);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void givenTheArchive_whenStarted_thenItsBundlesAreActiveAndThereAreNoOthers() throws IOException {
        List<String> expected = startupBundles();
        List<String> found = new ArrayList<>();
        for (String line : seen) {
            Matcher bundle = BUNDLE.matcher(line);
            if (bundle.find()
                    && !bundle.group("name").equals(PROBE)
                    && !bundle.group("from").equals("System")) {
                found.add(bundle.group("from").replaceFirst(".*/", ""));
                assertThat(Integer.parseInt(bundle.group("state")))
                        .as(line)
                        .isEqualTo(Boolean.parseBoolean(bundle.group("fragment")) ? Bundle.RESOLVED : Bundle.ACTIVE);
            }
        }

        assertThat(found).hasSameSizeAs(expected).hasSizeGreaterThan(20);
        assertThat(seen).noneMatch(line -> line.contains("probe bundle io.marquetry.example"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void givenLinux_whenStarted_thenEpollIsThereAndNotQuietlyReplaced() {
        assertThat(seen).anyMatch(line -> line.contains("probe epoll=true"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void givenNoAuthenticator_whenStarted_thenNothingListensButOnLoopback() throws IOException {
        List<String> listening = listeningAddresses(broker.pid());

        assertThat(listening).isNotEmpty().allMatch(ContainerIT::isLoopback, "is on loopback");
        assertThat(listening)
                .as("the one listener, and no shutdown or shell port")
                .hasSize(1);
    }

    private static List<String> startupBundles() throws IOException {
        return Files.readAllLines(broker.base().resolve("data/etc/startup.properties")).stream()
                .filter(line -> line.startsWith("mvn"))
                .toList();
    }

    /** Local addresses, in the hexadecimal form of /proc, of the listening TCP sockets of a process. */
    private static List<String> listeningAddresses(long pid) throws IOException {
        Path proc = Path.of("/proc", Long.toString(pid));
        Set<String> inodes = new HashSet<>();
        try (Stream<Path> files = Files.list(proc.resolve("fd"))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Matcher socket = SOCKET.matcher(target(file));
                if (socket.matches()) {
                    inodes.add(socket.group(1));
                }
            }
        }
        List<String> result = new ArrayList<>();
        for (String table : List.of("net/tcp", "net/tcp6")) {
            for (String line : Files.readAllLines(proc.resolve(table))) {
                String[] columns = line.strip().split("\\s+", -1);
                if (columns.length > 9 && columns[3].equals(LISTEN) && inodes.contains(columns[9])) {
                    result.add(columns[1].replaceFirst(":.*", ""));
                }
            }
        }
        return result;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            // Closed since it was listed.
            return "";
        }
    }

    /** Of 127.0.0.1, of the same in IPv6, of ::1. */
    private static boolean isLoopback(String address) {
        return address.equals("0100007F")
                || address.equals("0000000000000000FFFF00000100007F")
                || address.equals("00000000000000000000000001000000");
    }
}
