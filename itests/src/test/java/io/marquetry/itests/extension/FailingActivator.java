// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** An extension that cannot start. */
public final class FailingActivator implements BundleActivator {
    /** Nothing has failed yet. */
    public FailingActivator() {}

    @Override
    public void start(BundleContext context) {
        throw new IllegalStateException("the extension of this test cannot start");
    }

    @Override
    public void stop(BundleContext context) {}
}
