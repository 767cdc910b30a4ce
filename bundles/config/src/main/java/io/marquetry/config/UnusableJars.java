// SPDX-License-Identifier: Apache-2.0
package io.marquetry.config;

import java.io.File;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Constants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says why a jar in {@code deploy/} is not taken. File Install passes over what is no bundle without a word, so that a
 * jar that was cut off while it was copied would look like one that is installed. It asks every installer about every
 * new file; this one takes none, and names those that no other can take, once until the file changes.
 */
final class UnusableJars implements ArtifactInstaller {
    private static final Logger LOG = LoggerFactory.getLogger(UnusableJars.class);

    /** What tells one content of a file from another without reading it. */
    private record Stamp(long modified, long length) {}

    private final Map<File, Stamp> told = new ConcurrentHashMap<>();

    @Override
    public boolean canHandle(File file) {
        if (!file.getName().endsWith(".jar")) {
            return false;
        }
        String reason = reasonAgainst(file);
        if (reason == null) {
            told.remove(file);
            return false;
        }
        Stamp stamp = new Stamp(file.lastModified(), file.length());
        if (!stamp.equals(told.put(file, stamp))) {
            LOG.warn(
                    "{} is not installed: expected a whole jar whose manifest has a Bundle-SymbolicName, but {};"
                            + " it is looked at again when the file changes",
                    file,
                    reason);
        }
        return false;
    }

    /** Why nobody can install this jar, or null when somebody can. */
    private static @Nullable String reasonAgainst(File file) {
        try (JarFile jar = new JarFile(file)) {
            Manifest manifest = jar.getManifest();
            if (manifest == null) {
                return "it has no manifest";
            }
            return manifest.getMainAttributes().getValue(Constants.BUNDLE_SYMBOLICNAME) == null
                    ? "its manifest has none"
                    : null;
        } catch (IOException e) {
            return "it cannot be read (" + e.getMessage() + ")";
        }
    }

    @Override
    public void install(File file) {
        throw unexpected(file);
    }

    @Override
    public void update(File file) {
        throw unexpected(file);
    }

    @Override
    public void uninstall(File file) {
        throw unexpected(file);
    }

    private static IllegalStateException unexpected(File file) {
        return new IllegalStateException("expected nobody to bring " + file + " here: no file is ever taken");
    }
}
