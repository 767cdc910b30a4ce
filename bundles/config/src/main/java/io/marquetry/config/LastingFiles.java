// SPDX-License-Identifier: Apache-2.0
package io.marquetry.config;

import java.io.File;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/**
 * Takes the files of those configurations that must always exist. File Install would delete the configuration together
 * with its file, and the broker, which requires it, would stop and close every connection: because of a deleted file,
 * or of an editor that replaces a file in two steps. Here a file that goes leaves an empty configuration, that is the
 * defaults. Reading stays with File Install's own installer.
 */
final class LastingFiles implements ArtifactInstaller {
    private static final String SUFFIX = ".cfg";

    private final BundleContext context;
    private final Configurations configurations;
    private final Bundle fileInstall;

    LastingFiles(BundleContext context, Configurations configurations, Bundle fileInstall) {
        this.context = context;
        this.configurations = configurations;
        this.fileInstall = fileInstall;
    }

    @Override
    public boolean canHandle(File file) {
        return configurations.isNeeded(pid(file)) && reader() != null;
    }

    @Override
    public void install(File file) throws Exception {
        update(file);
    }

    @Override
    public void update(File file) throws Exception {
        ServiceReference<ArtifactInstaller> reader = reader();
        if (reader == null) {
            throw new IllegalStateException("File Install has stopped; " + file + " is read when it is back");
        }
        try {
            context.getService(reader).update(file);
        } finally {
            context.ungetService(reader);
        }
    }

    @Override
    public void uninstall(File file) {
        configurations.empty(pid(file));
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
