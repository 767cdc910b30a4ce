// SPDX-License-Identifier: Apache-2.0
package io.marquetry.config;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Header;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationListener;
import org.osgi.service.cm.ConfigurationPlugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts at level 9, ahead of Config Admin, which waits for the plugin. File Install has read all of {@code conf/} when
 * its activator returns; at that moment, with no component started yet, what is still missing is made.
 */
@Header(name = Constants.BUNDLE_ACTIVATOR, value = "${@class}")
public final class ConfigActivator implements BundleActivator, SynchronousBundleListener {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigActivator.class);
    private static final String FILE_INSTALL = "org.apache.felix.fileinstall";

    private final Environment environment = Environment.of(System.getenv());
    private @Nullable BundleContext context;
    private @Nullable Configurations configurations;
    private @Nullable ExtensionCheck extensionCheck;

    @Override
    public void start(BundleContext bundleContext) {
        context = bundleContext;
        environment.problems().forEach(LOG::warn);
        // Among the plugins that may change values (rankings 0 to 1000) the last: nothing overrides the environment.
        Map<String, Object> properties =
                Map.of("config.plugin.id", EnvironmentPlugin.ID, ConfigurationPlugin.CM_RANKING, 1000);
        bundleContext.registerService(
                ConfigurationPlugin.class, new EnvironmentPlugin(environment), FrameworkUtil.asDictionary(properties));
        bundleContext.addBundleListener(this);
        for (Bundle bundle : bundleContext.getBundles()) {
            if (FILE_INSTALL.equals(bundle.getSymbolicName()) && bundle.getState() == Bundle.ACTIVE) {
                beforeFilesAreRead(bundle);
                whenFilesAreRead();
            }
        }
    }

    @Override
    public void stop(BundleContext bundleContext) {
        bundleContext.removeBundleListener(this);
        if (extensionCheck != null) {
            extensionCheck.cancel();
        }
    }

    @Override
    public void bundleChanged(BundleEvent event) {
        if (!FILE_INSTALL.equals(event.getBundle().getSymbolicName())) {
            return;
        }
        if (event.getType() == BundleEvent.STARTING) {
            beforeFilesAreRead(event.getBundle());
        } else if (event.getType() == BundleEvent.STARTED) {
            whenFilesAreRead();
        }
    }

    private void beforeFilesAreRead(Bundle fileInstall) {
        BundleContext here = requireNonNull(context);
        ServiceReference<ConfigurationAdmin> reference = here.getServiceReference(ConfigurationAdmin.class);
        ConfigurationAdmin admin = reference == null ? null : here.getService(reference);
        if (admin == null) {
            LOG.error("there is no Config Admin when File Install starts; nothing that needs configuration can start");
            return;
        }
        Configurations made = new Configurations(admin, environment);
        configurations = made;
        here.registerService(ConfigurationListener.class, made, null);
        here.registerService(
                ArtifactInstaller.class,
                new LastingFiles(here, made, fileInstall),
                // Asked before File Install's own.
                FrameworkUtil.asDictionary(Map.of(Constants.SERVICE_RANKING, 1000)));
    }

    private void whenFilesAreRead() {
        Configurations made = configurations;
        if (made != null) {
            made.makeMissing();
            extensionCheck = ExtensionCheck.schedule(requireNonNull(context), environment);
        }
    }
}
