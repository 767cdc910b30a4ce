// SPDX-License-Identifier: Apache-2.0
package io.marquetry.config;

import java.util.Dictionary;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.ConfigurationPlugin;

/**
 * Adds the environment's values to every configuration on its way to a component. Config Admin keeps what the file
 * says: nothing from the environment is ever stored, and a start without the variable is a start without its value.
 */
final class EnvironmentPlugin implements ConfigurationPlugin {
    /** By this name {@code felix.cm.config.plugins} makes Config Admin wait for us. */
    static final String ID = "io.marquetry.config.environment";

    private final Environment environment;

    EnvironmentPlugin(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void modifyConfiguration(@Nullable ServiceReference<?> reference, Dictionary<String, Object> properties) {
        if (properties.get(Constants.SERVICE_PID) instanceof String pid) {
            environment.valuesOf(pid).forEach(properties::put);
        }
    }
}
