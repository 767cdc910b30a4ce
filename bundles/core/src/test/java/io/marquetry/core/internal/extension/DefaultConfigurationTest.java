// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;

class DefaultConfigurationTest {
    private static final String CFG = "ext.cfg";
    private static final String EXAMPLE = "ext.other.cfg.example";

    @TempDir
    Path folder;

    private Path conf;
    private DefaultConfiguration defaults;
    private final List<String> read = new ArrayList<>();

    @BeforeEach
    void begin() throws IOException {
        conf = Files.createDirectory(folder.resolve("conf"));
        // A container with two that read files, the second of which comes first.
        ServiceReference<?> low = stand(ServiceReference.class, "compareTo", args -> -1);
        ServiceReference<?> high = stand(ServiceReference.class, "compareTo", args -> 1);
        BundleContext context = (BundleContext) Proxy.newProxyInstance(
                BundleContext.class.getClassLoader(),
                new Class<?>[] {BundleContext.class},
                (proxy, method, args) -> switch (method.getName()) {
                    case "getServiceReferences" -> List.of(low, high);
                    case "getService" -> args[0] == high ? new Reader() : null;
                    default -> throw new AssertionError(method);
                });
        defaults = new DefaultConfiguration(context, conf);
    }

    /** Something of the container that answers this method, and no others. */
    private static <T> T stand(Class<T> type, String name, Function<Object[], Object> answer) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            assertThat(method.getName()).isEqualTo(name);
            return answer.apply(args);
        }));
    }

    private final class Reader implements ArtifactInstaller {
        @Override
        public boolean canHandle(File artifact) {
            return artifact.getName().endsWith(".cfg");
        }

        @Override
        public void install(File artifact) throws IOException {
            read.add(artifact.getName() + ": " + Files.readString(artifact.toPath()));
        }

        @Override
        public void update(File artifact) {
            throw new AssertionError();
        }

        @Override
        public void uninstall(File artifact) {
            throw new AssertionError();
        }
    }

    private Jar jar(String... names) throws IOException {
        Path file = folder.resolve("a.jar");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (String name : names) {
                zip.putNextEntry(new ZipEntry("OSGI-INF/marquetry/" + name));
                zip.write(("default of " + name).getBytes(java.nio.charset.StandardCharsets.UTF_8));
            }
        }
        return new Jar(file, file, "hash", "ext", Version.emptyVersion, Map.of());
    }

    @Test
    void givenNoFiles_whenInstalled_thenBothAreThereAndRemembered() throws IOException {
        Set<String> placed = defaults.place(jar(CFG, EXAMPLE), Set.of());

        assertThat(placed).containsExactlyInAnyOrder(CFG, EXAMPLE);
        assertThat(conf.resolve(CFG)).hasContent("default of " + CFG);
        assertThat(conf.resolve(EXAMPLE)).hasContent("default of " + EXAMPLE);
        assertThat(conf).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void givenFilesOfTheOperator_whenInstalled_thenTheyStayAsTheyAre() throws IOException {
        Files.writeString(conf.resolve(CFG), "mine");
        Files.writeString(conf.resolve(EXAMPLE), "mine too");

        defaults.place(jar(CFG, EXAMPLE), Set.of());

        assertThat(conf.resolve(CFG)).hasContent("mine");
        assertThat(conf.resolve(EXAMPLE)).hasContent("mine too");
    }

    @Test
    void givenFilesOfTheOperatorAndOfOthers_whenInstalled_thenItsOwnAreReadBeforeItRuns() throws IOException {
        Files.writeString(conf.resolve("ext-main.cfg"), "mine");
        Files.writeString(conf.resolve("ext.role-main.cfg"), "mine too");
        Files.writeString(conf.resolve("extended.cfg"), "another one's");

        defaults.place(jar(CFG, EXAMPLE), Set.of());

        assertThat(read)
                .containsExactly("ext-main.cfg: mine", "ext.cfg: default of ext.cfg", "ext.role-main.cfg: mine too");
    }

    @Test
    void givenPlacedFileThatWasEdited_whenTheNextVersionComes_thenTheEditStays() throws IOException {
        Set<String> placed = defaults.place(jar(CFG), Set.of());
        Files.writeString(conf.resolve(CFG), "edited");

        Set<String> again = defaults.place(jar(CFG, EXAMPLE), placed);

        assertThat(again).containsExactlyInAnyOrder(CFG, EXAMPLE);
        assertThat(conf.resolve(CFG)).hasContent("edited");
        assertThat(conf.resolve(EXAMPLE)).hasContent("default of " + EXAMPLE);
    }

    @Test
    void givenPlacedFilesThatWereDeleted_whenTheNextVersionComes_thenTheyDoNotComeBack() throws IOException {
        Set<String> placed = defaults.place(jar(CFG, EXAMPLE), Set.of());
        Files.delete(conf.resolve(CFG));
        Files.delete(conf.resolve(EXAMPLE));

        defaults.place(jar(CFG, EXAMPLE), placed);

        assertThat(conf).isEmptyDirectory();
    }

    @Test
    void givenNamesOfOthersOrOutsideOfTheFolder_whenInstalled_thenNothingIsPlaced() throws IOException {
        Set<String> placed =
                defaults.place(jar("io.marquetry.core.mqtt.cfg", "extended.cfg", "../ext.cfg", "readme.txt"), Set.of());

        assertThat(placed).isEmpty();
        assertThat(conf).isEmptyDirectory();
        assertThat(folder.resolve("ext.cfg")).doesNotExist();
    }
}
