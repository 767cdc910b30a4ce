// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.ReferenceDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/** How the components of an extension are, as Declarative Services tells. */
final class Components {
    /**
     * How an extension is.
     *
     * @param problem why it is not active, as a sentence, or null when it is
     * @param isFailure whether that is a mistake of its own, which no waiting mends
     */
    record Health(@Nullable String problem, boolean isFailure) {
        static final Health WELL = new Health(null, false);

        boolean isWell() {
            return problem == null;
        }
    }

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final String CAUSED_BY = "Caused by: ";
    /** What the container wraps around what a component throws. */
    private static final List<String> OF_THE_CONTAINER =
            List.of("java.lang.reflect.", "org.apache.felix.", "org.osgi.");

    private final BundleContext context;
    private final ExtensionServices services;

    Components(BundleContext context, ExtensionServices services) {
        this.context = context;
        this.services = services;
    }

    /**
     * Looks at the components of a bundle. It is well when at least one is satisfied, and none threw or lacks a
     * service: a bundle has a component for each of its roles, and whoever configures one need not use the others.
     */
    Health look(Bundle bundle) {
        if (bundle.getState() != Bundle.ACTIVE) {
            return new Health("its bundle has been stopped", false);
        }
        String hanging = services.hanging(bundle);
        if (hanging != null) {
            return new Health(hanging, false);
        }
        ServiceReference<ServiceComponentRuntime> reference =
                context.getServiceReference(ServiceComponentRuntime.class);
        ServiceComponentRuntime runtime = reference == null ? null : context.getService(reference);
        if (reference == null || runtime == null) {
            return Health.WELL;
        }
        try {
            return look(runtime, runtime.getComponentDescriptionDTOs(bundle));
        } finally {
            context.ungetService(reference);
        }
    }

    /**
     * Looks until all is well or cannot become so by waiting, for as long as may be; once at least.
     *
     * @param seconds for how long
     */
    Health await(Bundle bundle, int seconds) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        Health health = look(bundle);
        while (!health.isWell() && !health.isFailure() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
            health = look(bundle);
        }
        return health;
    }

    /**
     * The kinds of services, by their simple names, of components that have no configuration at all: who deleted the
     * file wanted that, which is something else than a file with a mistake.
     */
    Set<String> unconfigured(Bundle bundle) {
        ServiceReference<ServiceComponentRuntime> reference =
                context.getServiceReference(ServiceComponentRuntime.class);
        ServiceComponentRuntime runtime = reference == null ? null : context.getService(reference);
        if (runtime == null) {
            return Set.of();
        }
        try {
            Set<String> kinds = new HashSet<>();
            for (ComponentDescriptionDTO component : runtime.getComponentDescriptionDTOs(bundle)) {
                boolean has = runtime.getComponentConfigurationDTOs(component).stream()
                        .anyMatch(one -> one.state != ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION);
                if (!has) {
                    for (String service : component.serviceInterfaces) {
                        kinds.add(service.substring(service.lastIndexOf('.') + 1));
                    }
                }
            }
            return kinds;
        } finally {
            context.ungetService(reference);
        }
    }

    private static Health look(ServiceComponentRuntime runtime, Collection<ComponentDescriptionDTO> components) {
        int satisfied = 0;
        List<String> unconfigured = new ArrayList<>();
        List<String> lacking = new ArrayList<>();
        for (ComponentDescriptionDTO component : components) {
            if (!runtime.isComponentEnabled(component)) {
                continue;
            }
            Collection<ComponentConfigurationDTO> configurations = runtime.getComponentConfigurationDTOs(component);
            if (configurations.isEmpty()) {
                unconfigured.add(wantsConfiguration(component));
            }
            for (ComponentConfigurationDTO configuration : configurations) {
                if (configuration.failure != null) {
                    return new Health(
                            "its component " + component.name + " threw in activation: " + cause(configuration.failure),
                            true);
                }
                if (configuration.state == ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION) {
                    unconfigured.add(wantsConfiguration(component));
                } else if (configuration.state == ComponentConfigurationDTO.UNSATISFIED_REFERENCE) {
                    for (UnsatisfiedReferenceDTO missing : configuration.unsatisfiedReferences) {
                        lacking.add(wantsService(component, missing));
                    }
                } else {
                    satisfied++;
                }
            }
        }
        if (!lacking.isEmpty()) {
            return new Health(String.join("; ", lacking), false);
        }
        return satisfied == 0 && !unconfigured.isEmpty()
                ? new Health(String.join("; ", unconfigured), false)
                : Health.WELL;
    }

    private static String wantsConfiguration(ComponentDescriptionDTO component) {
        String pids = String.join(", ", component.configurationPid);
        return "its component " + component.name + " waits for its configuration; expected conf/" + pids
                + ".cfg, or conf/" + pids + "-NAME.cfg for each instance";
    }

    private static String wantsService(ComponentDescriptionDTO component, UnsatisfiedReferenceDTO missing) {
        String type = Arrays.stream(component.references)
                .filter(reference -> reference.name.equals(missing.name))
                .map((ReferenceDTO reference) -> reference.interfaceName)
                .findFirst()
                .orElse(missing.name);
        if (type.startsWith(component.bundle.symbolicName + '.')) {
            // Its own affair: what it waits for only the extension can tell.
            return "its component " + component.name + " waits for another part of it, " + type
                    + "; the log tells what for";
        }
        return "its component " + component.name + " waits for a service " + type
                + (missing.target == null ? "" : " with " + missing.target);
    }

    /** What the extension itself threw, which is a sentence at best; not what it wraps, nor what wraps it. */
    private static String cause(String trace) {
        String first = trace.lines().findFirst().orElse("").strip();
        return Stream.concat(
                        Stream.of(first),
                        trace.lines()
                                .filter(line -> line.startsWith(CAUSED_BY))
                                .map(line -> line.substring(CAUSED_BY.length()).strip()))
                .filter(line -> OF_THE_CONTAINER.stream().noneMatch(line::startsWith))
                .findFirst()
                .orElse(first);
    }
}
