// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.util.Collection;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.hooks.resolver.ResolverHook;
import org.osgi.framework.hooks.resolver.ResolverHookFactory;
import org.osgi.framework.namespace.BundleNamespace;
import org.osgi.framework.namespace.HostNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;

/**
 * Hides what a bundle of {@code deploy/} could offer to the wiring of others. Netty imports packages such as
 * {@code org.conscrypt} if it can have them: were they found in an extension, Netty, and everything on it, would be
 * wired to that extension and restarted with it.
 */
final class Seclusion implements ResolverHookFactory, ResolverHook {
    /** What the location of an extension's bundle begins with. */
    static final String LOCATION = "extension:";

    private static final Set<String> HIDDEN =
            Set.of(PackageNamespace.PACKAGE_NAMESPACE, BundleNamespace.BUNDLE_NAMESPACE, HostNamespace.HOST_NAMESPACE);

    /** Whether a bundle came by {@code deploy/}. */
    static boolean isExtension(Bundle bundle) {
        return bundle.getLocation().startsWith(LOCATION);
    }

    @Override
    public ResolverHook begin(Collection<BundleRevision> triggers) {
        return this;
    }

    @Override
    public void filterMatches(BundleRequirement requirement, Collection<BundleCapability> candidates) {
        if (HIDDEN.contains(requirement.getNamespace())) {
            Bundle asking = requirement.getRevision().getBundle();
            candidates.removeIf(candidate -> {
                Bundle offering = candidate.getRevision().getBundle();
                return isExtension(offering) && !offering.equals(asking);
            });
        }
    }

    @Override
    public void filterResolvable(Collection<BundleRevision> candidates) {}

    @Override
    public void filterSingletonCollisions(BundleCapability singleton, Collection<BundleCapability> candidates) {}

    @Override
    public void end() {}
}
