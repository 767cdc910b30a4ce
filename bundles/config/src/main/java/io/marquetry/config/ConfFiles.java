// SPDX-License-Identifier: Apache-2.0
package io.marquetry.config;

import java.io.File;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/**
 * Takes the {@code .cfg} files of the broker and of its extensions, ahead of File Install's own installer, which still
 * does the reading. Two things would go wrong without:
 *
 * <ul>
 *   <li>File Install deletes a configuration together with its file. Where the broker requires one it would stop and
 *       close every connection: because of a deleted file, or of an editor that replaces a file in two steps. Here a
 *       file that goes leaves an empty configuration, that is the defaults.
 *   <li>It fills every placeholder; see {@link Placeholders}.
 * </ul>
 */
final class ConfFiles implements ArtifactInstaller {
    private static final String SUFFIX = ".cfg";
    /** Whatever the file's encoding is: each byte is a character, and stays that byte. */
    private static final Charset BYTES = StandardCharsets.ISO_8859_1;
    /** Where the container's own files are, which are none of our business. */
    private static final String CONTAINER_FILES = "karaf.etc";

    private final BundleContext context;
    private final Configurations configurations;
    private final Bundle fileInstall;
    private final Placeholders placeholders;

    ConfFiles(BundleContext context, Configurations configurations, Bundle fileInstall) {
        this.context = context;
        this.configurations = configurations;
        this.fileInstall = fileInstall;
        this.placeholders = new Placeholders(name -> context.getProperty(name) != null);
    }

    @Override
    public boolean canHandle(File file) {
        return file.getName().endsWith(SUFFIX) && !isOfContainer(file) && reader() != null;
    }

    private boolean isOfContainer(File file) {
        String directory = context.getProperty(CONTAINER_FILES);
        return directory != null
                && new File(directory)
                        .toPath()
                        .toAbsolutePath()
                        .normalize()
                        .equals(file.toPath().toAbsolutePath().normalize().getParent());
    }

    @Override
    public void install(File file) throws Exception {
        update(file);
    }

    @Override
    public void update(File file) throws Exception {
        String text = Files.readString(file.toPath(), BYTES);
        String escaped = placeholders.escape(text);
        if (escaped.equals(text)) {
            withReader(file, reader -> reader.update(file));
            return;
        }
        // The name decides which configuration it is; the copy may hold a secret, so it goes at once.
        Path copy =
                Files.createDirectories(context.getDataFile("conf").toPath()).resolve(file.getName());
        try {
            Files.deleteIfExists(copy);
            makePrivate(copy);
            Files.writeString(copy, escaped, BYTES);
            withReader(file, reader -> reader.update(copy.toFile()));
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    private static void makePrivate(Path copy) throws IOException {
        if (copy.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createFile(copy, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
    }

    @Override
    public void uninstall(File file) throws Exception {
        if (configurations.isNeeded(pid(file))) {
            configurations.empty(pid(file));
        } else {
            withReader(file, reader -> reader.uninstall(file));
        }
    }

    private interface Reading {
        void by(ArtifactInstaller reader) throws Exception;
    }

    private void withReader(File file, Reading reading) throws Exception {
        ServiceReference<ArtifactInstaller> reader = reader();
        if (reader == null) {
            throw new IllegalStateException("File Install has stopped; " + file + " is read when it is back");
        }
        try {
            reading.by(context.getService(reader));
        } finally {
            context.ungetService(reader);
        }
    }

    /** File Install's own, of those that it offers to whoever wants to have a file read. */
    private @Nullable ServiceReference<ArtifactInstaller> reader() {
        try {
            for (ServiceReference<ArtifactInstaller> reference :
                    context.getServiceReferences(ArtifactInstaller.class, null)) {
                if (fileInstall.equals(reference.getBundle())) {
                    return reference;
                }
            }
            return null;
        } catch (InvalidSyntaxException e) {
            throw new AssertionError("there is no filter", e);
        }
    }

    /** {@code io.marquetry.transport.tcp-default.cfg} is the PID {@code io.marquetry.transport.tcp~default}. */
    static String pid(File file) {
        String name = file.getName();
        if (!name.endsWith(SUFFIX)) {
            return "";
        }
        return name.substring(0, name.length() - SUFFIX.length()).replaceFirst("[-~]", "~");
    }
}
