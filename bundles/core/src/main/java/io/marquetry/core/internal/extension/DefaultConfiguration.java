// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commented configuration that an extension brings along, {@code OSGI-INF/marquetry/PID.cfg}: copied to
 * {@code conf/} once, when no such file is there. What cannot be used before somebody has edited it is
 * {@code PID.cfg.example}, copied likewise and not read. All files of the extension are read at once, also those that
 * the operator wrote a moment ago: it must not run by its defaults until somebody finds them.
 */
final class DefaultConfiguration {
    private static final Logger LOG = LoggerFactory.getLogger(DefaultConfiguration.class);
    private static final String FOLDER = "OSGI-INF/marquetry/";
    private static final String CFG = ".cfg";
    private static final String EXAMPLE = ".cfg.example";

    private final BundleContext context;
    private final Path conf;

    DefaultConfiguration(BundleContext context, Path conf) {
        this.context = context;
        this.conf = conf;
    }

    /**
     * Copies what is not there.
     *
     * @param placed what was copied in earlier times, which is not done again: who deleted it wanted to
     * @return what has been copied by now
     */
    Set<String> place(Jar jar, Set<String> placed) throws IOException {
        Set<String> all = new HashSet<>(placed);
        List<Path> fresh = new ArrayList<>();
        try (ZipFile zip = new ZipFile(jar.copy().toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                String name =
                        entry.getName().startsWith(FOLDER) ? entry.getName().substring(FOLDER.length()) : "";
                if (!(name.endsWith(CFG) || name.endsWith(EXAMPLE))
                        || name.contains("/")
                        || name.contains("\\")
                        || all.contains(name)) {
                    continue;
                }
                if (!isOf(jar.name(), name)) {
                    LOG.warn(
                            "the default configuration {} of {} is not used: expected a name that begins with {}",
                            name,
                            jar.file(),
                            jar.name());
                    continue;
                }
                all.add(name);
                Path file = conf.resolve(name);
                if (!Files.exists(file)) {
                    copy(zip, entry, file);
                    fresh.add(file);
                }
            }
        }
        fresh.forEach(file -> LOG.info("{} is there now, with the defaults of {}", file, jar.name()));
        readAll(jar.name());
        return all;
    }

    private static boolean isOf(String extension, String fileName) {
        return fileName.startsWith(extension + ".") || fileName.startsWith(extension + "-");
    }

    private void readAll(String extension) throws IOException {
        try (Stream<Path> files = Files.list(conf)) {
            files.filter(file -> isOf(extension, file.getFileName().toString()))
                    .filter(file -> file.toString().endsWith(CFG))
                    .sorted()
                    .forEach(this::read);
        }
    }

    private static void copy(ZipFile zip, ZipEntry entry, Path file) throws IOException {
        Path part = file.resolveSibling("." + file.getFileName() + ".part");
        try (InputStream in = zip.getInputStream(entry)) {
            Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /**
     * By whoever File Install would hand the file to when it finds it, a second later: the first that takes it, which
     * keeps the placeholders for clients. A file that was read already changes nothing.
     */
    private void read(Path file) {
        try {
            for (ServiceReference<ArtifactInstaller> reference :
                    context.getServiceReferences(ArtifactInstaller.class, null).stream()
                            .sorted(Comparator.reverseOrder())
                            .toList()) {
                ArtifactInstaller reader = context.getService(reference);
                if (reader != null && reader.canHandle(file.toFile())) {
                    reader.install(file.toFile());
                    return;
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new AssertionError("there is no filter", e);
        } catch (Exception e) {
            LOG.warn("{} was not read at once ({}); it is read within a second", file, e.toString());
        }
    }
}
