// SPDX-License-Identifier: Apache-2.0
package io.marquetry.config;

import java.util.Map;
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
            if (bundle.getState() == Bundle.ACTIVE) {
                whenFilesAreRead(bundle);
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
        if (event.getType() == BundleEvent.STARTED) {
            whenFilesAreRead(event.getBundle());
        }
    }

    private void whenFilesAreRead(Bundle started) {
        BundleContext here = context;
        if (here == null || !FILE_INSTALL.equals(started.getSymbolicName())) {
            return;
        }
        ServiceReference<ConfigurationAdmin> reference = here.getServiceReference(ConfigurationAdmin.class);
        ConfigurationAdmin admin = reference == null ? null : here.getService(reference);
        if (admin == null) {
            LOG.error("there is no Config Admin at start level 11; nothing that needs configuration can start");
            return;
        }
        Configurations configurations = new Configurations(admin, environment);
        configurations.makeMissing();
        here.registerService(ConfigurationListener.class, configurations, null);
        extensionCheck = ExtensionCheck.schedule(here, environment);
    }
}
