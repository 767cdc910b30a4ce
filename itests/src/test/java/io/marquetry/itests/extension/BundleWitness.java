// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import java.util.Arrays;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkListener;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs inside the broker, dropped into its {@code deploy/} by {@link Witness}: says in the log how every bundle stands
 * when it starts and when it stops, and everything that happens to a bundle in between. A bundle that was restarted
 * shows by its events and by new identifiers of its services, one that was refreshed by another wiring.
 */
public final class BundleWitness implements BundleActivator, SynchronousBundleListener, FrameworkListener {
    private static final Logger LOG = LoggerFactory.getLogger(BundleWitness.class);

    /** Begins to watch. */
    public BundleWitness() {}

    @Override
    public void start(BundleContext context) {
        context.addBundleListener(this);
        context.addFrameworkListener(this);
        state(context);
        LOG.info("witness began");
    }

    @Override
    public void stop(BundleContext context) {
        context.removeBundleListener(this);
        context.removeFrameworkListener(this);
        state(context);
        LOG.info("witness ended");
    }

    @Override
    public void bundleChanged(BundleEvent event) {
        LOG.info(
                "witness event {} of {}",
                type(event.getType()),
                event.getBundle().getSymbolicName());
    }

    @Override
    public void frameworkEvent(FrameworkEvent event) {
        LOG.info("witness framework event {}", event.getType());
    }

    private static void state(BundleContext context) {
        for (Bundle bundle : context.getBundles()) {
            LOG.info(
                    "witness state {} id={} state={} modified={} revision={} wiring={} services={}",
                    bundle.getSymbolicName(),
                    bundle.getBundleId(),
                    bundle.getState(),
                    bundle.getLastModified(),
                    System.identityHashCode(bundle.adapt(BundleRevision.class)),
                    System.identityHashCode(bundle.adapt(BundleWiring.class)),
                    services(bundle));
        }
    }

    private static String services(Bundle bundle) {
        ServiceReference<?>[] references = bundle.getRegisteredServices();
        return references == null
                ? "[]"
                : Arrays.stream(references)
                        .map(reference -> reference.getProperty("service.id"))
                        .toList()
                        .toString();
    }

    private static String type(int type) {
        return switch (type) {
            case BundleEvent.INSTALLED -> "INSTALLED";
            case BundleEvent.RESOLVED -> "RESOLVED";
            case BundleEvent.STARTING -> "STARTING";
            case BundleEvent.STARTED -> "STARTED";
            case BundleEvent.STOPPING -> "STOPPING";
            case BundleEvent.STOPPED -> "STOPPED";
            case BundleEvent.UPDATED -> "UPDATED";
            case BundleEvent.UNRESOLVED -> "UNRESOLVED";
            case BundleEvent.UNINSTALLED -> "UNINSTALLED";
            default -> "type " + type;
        };
    }
}
