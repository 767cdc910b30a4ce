// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
 * {@code conf/} once, when no such file is there, and read at once, so that the extension does not wait for it. What
 * cannot be used before somebody has edited it is {@code PID.cfg.example}, copied likewise and not read.
 */
final class DefaultConfiguration {
    private static final Logger LOG = LoggerFactory.getLogger(DefaultConfiguration.class);
    private static final String FOLDER = "OSGI-INF/marquetry/";
    private static final String CFG = ".cfg";
    private static final String EXAMPLE = ".cfg.example";
    private static final String FILE_INSTALL = "org.apache.felix.fileinstall";

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
                if (!name.startsWith(jar.name() + ".") && !name.startsWith(jar.name() + "-")) {
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
        for (Path file : fresh) {
            LOG.info("{} is there now, with the defaults of {}", file, jar.name());
            if (file.toString().endsWith(CFG)) {
                read(file);
            }
        }
        return all;
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

    /** By File Install, which would find the file by itself a second later, and reads it as it reads all others. */
    private void read(Path file) {
        try {
            for (ServiceReference<ArtifactInstaller> reference :
                    context.getServiceReferences(ArtifactInstaller.class, null)) {
                if (reference.getBundle() != null
                        && FILE_INSTALL.equals(reference.getBundle().getSymbolicName())) {
                    ArtifactInstaller reader = context.getService(reference);
                    if (reader != null && reader.canHandle(file.toFile())) {
                        reader.install(file.toFile());
                        return;
                    }
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new AssertionError("there is no filter", e);
        } catch (Exception e) {
            LOG.warn("{} was not read at once ({}); it is read within a second", file, e.toString());
        }
    }
}
