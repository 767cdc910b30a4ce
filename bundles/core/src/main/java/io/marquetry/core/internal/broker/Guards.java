// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.extension.Guard;
import io.marquetry.core.internal.hook.Hooks;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.wiring.BundleWiring;

/** Gives each bundle that asks a guard of its own. */
final class Guards implements ServiceFactory<Guard> {
    private final Hooks hooks;

    Guards(Hooks hooks) {
        this.hooks = hooks;
    }

    @Override
    public Guard getService(Bundle bundle, ServiceRegistration<Guard> registration) {
        return hooks.guard(
                bundle.getSymbolicName(), bundle.adapt(BundleWiring.class).getClassLoader());
    }

    @Override
    public void ungetService(Bundle bundle, ServiceRegistration<Guard> registration, Guard guard) {}
}
