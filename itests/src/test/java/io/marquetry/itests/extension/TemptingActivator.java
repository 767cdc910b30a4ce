// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.slf4j.LoggerFactory;

/** Says when a bundle that exports what others would like to have comes and goes. */
public final class TemptingActivator implements BundleActivator {
    /** Says nothing yet. */
    public TemptingActivator() {}

    @Override
    public void start(BundleContext context) {
        LoggerFactory.getLogger(TemptingActivator.class).info("the tempting extension is here");
    }

    @Override
    public void stop(BundleContext context) {
        LoggerFactory.getLogger(TemptingActivator.class).info("the tempting extension is gone");
    }
}
