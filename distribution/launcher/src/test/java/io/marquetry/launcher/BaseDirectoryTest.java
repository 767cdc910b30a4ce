// SPDX-License-Identifier: Apache-2.0
package io.marquetry.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaseDirectoryTest {
    @TempDir
    Path directory;

    private Path home;
    private BaseDirectory base;

    @BeforeEach
    void makeArchive() throws IOException {
        home = directory.resolve("archive");
        Files.createDirectories(home.resolve("conf"));
        Files.createDirectories(home.resolve("lib/etc/scripts"));
        Files.writeString(home.resolve("conf/a.cfg"), "default");
        Files.writeString(home.resolve("lib/etc/build.properties"), "built = 1");
        Files.writeString(home.resolve("lib/etc/scripts/s"), "script");
        base = new BaseDirectory(home, directory.resolve("base"));
    }

    @Test
    void givenNothing_whenPrepared_thenDirectoriesAndDefaultsAreThere() {
        base.prepare();
        base.refreshContainerSettings();

        assertThat(base.root().resolve("deploy")).isDirectory();
        assertThat(base.log()).isDirectory();
        assertThat(base.conf().resolve("a.cfg")).hasContent("default");
        assertThat(base.data().resolve("etc/scripts/s")).hasContent("script");
    }

    @Test
    void givenDeletedFileInConf_whenPreparedAgain_thenItStaysDeleted() throws IOException {
        base.prepare();
        Files.delete(base.conf().resolve("a.cfg"));

        base.prepare();

        assertThat(base.conf()).isEmptyDirectory();
    }

    @Test
    void givenSameBuild_whenRefreshed_thenEditsInEtcStay() throws IOException {
        base.prepare();
        base.refreshContainerSettings();
        Files.writeString(base.data().resolve("etc/scripts/s"), "edited");

        base.refreshContainerSettings();

        assertThat(base.data().resolve("etc/scripts/s")).hasContent("edited");
    }

    @Test
    void givenOtherBuild_whenRefreshed_thenEtcIsReplacedAndTheCacheIsGone() throws IOException {
        base.prepare();
        base.refreshContainerSettings();
        Files.writeString(base.data().resolve("etc/left-over"), "old");
        Files.createDirectories(base.data().resolve("cache/bundle0"));
        Files.writeString(home.resolve("lib/etc/build.properties"), "built = 2");

        base.refreshContainerSettings();

        assertThat(base.data().resolve("etc/left-over")).doesNotExist();
        assertThat(base.data().resolve("etc/build.properties")).hasContent("built = 2");
        assertThat(base.data().resolve("cache")).doesNotExist();
    }

    @Test
    void givenFileInPlaceOfTheDirectory_whenPrepared_thenASentenceNamesIt() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");

        assertThatThrownBy(() -> new BaseDirectory(home, file.resolve("base")).prepare())
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void givenBrokerThatWasKilled_whenTheLockIsTaken_thenItsListenersAreForgotten() throws IOException {
        base.prepare();
        Path listeners = Files.writeString(base.data().resolve("listeners"), "tcp:default\tproblem\told");

        BaseLock.acquire(base).close();

        assertThat(listeners).doesNotExist();
    }

    @Test
    void givenHeldLock_whenTakenAgainByAnotherProcess_thenTheSentenceNamesTheHolder() throws Exception {
        base.prepare();
        try (BaseLock lock = BaseLock.acquire(base)) {
            assertThat(base.pidFile())
                    .hasContent(Long.toString(ProcessHandle.current().pid()));

            Process other = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            "-Dmarquetry.home=" + home,
                            "-Dmarquetry.base=" + base.root(),
                            "io.marquetry.launcher.Launcher",
                            "foreground")
                    .redirectErrorStream(true)
                    .start();
            String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(other.waitFor()).isEqualTo(1);
            assertThat(said.lines())
                    .singleElement()
                    .asString()
                    .contains(
                            "another broker",
                            Long.toString(ProcessHandle.current().pid()),
                            base.root().toString());
        }
        assertThat(base.pidFile()).doesNotExist();
    }
}
