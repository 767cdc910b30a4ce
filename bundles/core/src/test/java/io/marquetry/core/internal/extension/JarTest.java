// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JarTest {
    @TempDir
    private Path folder;

    private Path file;
    private Path copy;

    @BeforeEach
    void names() {
        file = folder.resolve("a.jar");
        copy = folder.resolve("copies/a.part");
    }

    @Test
    void givenWholeBundle_whenRead_thenItsNameAndItsContentAreKnown() throws Exception {
        write("Bundle-SymbolicName", "a.b;singleton:=true", "Bundle-ManifestVersion", "2", "Bundle-Version", "1.2.3");

        Jar jar = Jar.read(file, copy);

        assertThat(jar.name()).isEqualTo("a.b");
        assertThat(jar.version()).hasToString("1.2.3");
        assertThat(jar.hash()).hasSize(64);
        assertThat(copy).hasSameBinaryContentAs(file);
    }

    /** Wherever a copy stops, and whichever byte is wrong, the jar is not taken for a whole one with that content. */
    @Test
    void givenEveryLengthThatIsNotWhole_whenRead_thenItIsNotTaken() throws Exception {
        write("Bundle-SymbolicName", "a.b", "Bundle-ManifestVersion", "2");
        byte[] whole = Files.readAllBytes(file);

        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));

            assertThatThrownBy(() -> Jar.read(file, copy))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(Jar.NotWholeException.class);
        }
    }

    @Test
    void givenContentWithAWrongByte_whenRead_thenItsSumTells() throws Exception {
        write("Bundle-SymbolicName", "a.b", "Bundle-ManifestVersion", "2");
        byte[] bytes = Files.readAllBytes(file);
        int at = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("stored content");
        bytes[at] ^= 1;
        Files.write(file, bytes);

        assertThatThrownBy(() -> Jar.read(file, copy))
                .isInstanceOf(Jar.NotWholeException.class)
                .hasMessageContaining("content.txt");
    }

    @Test
    void givenNoSymbolicName_whenRead_thenThatIsSaid() throws Exception {
        write("Bundle-ManifestVersion", "2");

        assertThatThrownBy(() -> Jar.read(file, copy))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("Bundle-SymbolicName, but its manifest has none");
    }

    @Test
    void givenNameThatWouldLeaveItsFolder_whenRead_thenItIsRefused() throws Exception {
        write("Bundle-SymbolicName", "../../etc", "Bundle-ManifestVersion", "2");

        assertThatThrownBy(() -> Jar.read(file, copy))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("../../etc");
    }

    private void write(String... headers) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        for (int i = 0; i < headers.length; i += 2) {
            manifest.getMainAttributes().putValue(headers[i], headers[i + 1]);
        }
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file), manifest)) {
            byte[] content = "stored content".getBytes(java.nio.charset.StandardCharsets.UTF_8);
            ZipEntry entry = new ZipEntry("content.txt");
            entry.setMethod(ZipEntry.STORED);
            entry.setSize(content.length);
            java.util.zip.CRC32 sum = new java.util.zip.CRC32();
            sum.update(content);
            entry.setCrc(sum.getValue());
            jar.putNextEntry(entry);
            jar.write(content);
        }
    }
}
