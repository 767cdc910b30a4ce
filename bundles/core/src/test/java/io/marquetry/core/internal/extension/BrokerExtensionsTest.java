// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.admin.ExtensionInfo;
import io.marquetry.api.admin.ExtensionInfo.State;
import io.marquetry.core.internal.extension.Folder.Found;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Version;

class BrokerExtensionsTest {
    private static final Path FOLDER = Path.of("deploy");

    private static Found jar(String file, String version) {
        Path path = FOLDER.resolve(file);
        return new Found(path, new Jar(path, path, file + version, "ext", Version.valueOf(version), Map.of()), null);
    }

    /** In this moment the folder has been read, and the installer is about to take the jar. */
    @Test
    void givenJarThatIsAboutToBeInstalled_whenListed_thenItIsNotShadowed() {
        List<ExtensionInfo> besides = BrokerExtensions.besides(List.of(jar("a.jar", "1.0.0")), Set.of());

        assertThat(besides).isEmpty();
    }

    @Test
    void givenHigherVersionThatIsAboutToBeTaken_whenListed_thenItIsNotShadowed() {
        List<ExtensionInfo> besides =
                BrokerExtensions.besides(List.of(jar("a.jar", "1.0.0"), jar("b.jar", "2.0.0")), Set.of("a.jar"));

        assertThat(besides).isEmpty();
    }

    @Test
    void givenLowerVersionBesideTheOneThatRuns_whenListed_thenItIsShadowed() {
        List<ExtensionInfo> besides =
                BrokerExtensions.besides(List.of(jar("a.jar", "1.0.0"), jar("b.jar", "2.0.0")), Set.of("b.jar"));

        assertThat(besides)
                .singleElement()
                .extracting(ExtensionInfo::file, ExtensionInfo::state)
                .containsExactly("a.jar", State.SHADOWED);
    }

    @Test
    void givenFileThatIsNoJar_whenListed_thenItIsRefusedByItsName() {
        Found broken = new Found(FOLDER.resolve("x.jar"), null, "expected a whole jar");

        assertThat(BrokerExtensions.besides(List.of(broken), Set.of()))
                .singleElement()
                .extracting(ExtensionInfo::name, ExtensionInfo::state, ExtensionInfo::problem)
                .containsExactly("x.jar", State.REFUSED, "expected a whole jar");
    }
}
