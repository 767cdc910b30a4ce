// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs inside the broker, dropped into its {@code deploy/} by {@link ContainerIT}: says in the log how the container
 * is.
 */
public final class ContainerProbe implements BundleActivator {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerProbe.class);
    private static final String EPOLL = "io.netty.channel.epoll.Epoll";

    /** Begins to look. */
    public ContainerProbe() {}

    @Override
    public void start(BundleContext context) {
        for (Bundle bundle : context.getBundles()) {
            boolean fragment = bundle.getHeaders().get(Constants.FRAGMENT_HOST) != null;
            LOG.info(
                    "probe bundle {} state={} fragment={} from={}",
                    bundle.getSymbolicName(),
                    bundle.getState(),
                    fragment,
                    bundle.getLocation());
            if (bundle.getSymbolicName().equals("io.netty.transport-classes-epoll")) {
                LOG.info("probe epoll={}", epollIsAvailable(bundle));
            }
        }
        LOG.info("probe done");
    }

    @Override
    public void stop(BundleContext context) {}

    private static Object epollIsAvailable(Bundle bundle) {
        try {
            return bundle.loadClass(EPOLL).getMethod("isAvailable").invoke(null);
        } catch (ReflectiveOperationException e) {
            return e;
        }
    }
}
