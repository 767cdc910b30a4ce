// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.VersionRange;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWiring;

/** What a jar must not be, so that it can come and go while everything else stays as it is. */
final class JarRules {
    private static final Map<String, String> FORBIDDEN = new LinkedHashMap<>();

    static {
        FORBIDDEN.put(
                Constants.FRAGMENT_HOST,
                "expected a bundle of its own, but it is a fragment of %s: to attach it would restart its host");
        FORBIDDEN.put(
                Constants.EXPORT_PACKAGE,
                "expected a bundle that exports no package, but it exports %s: an extension is seen by its services only");
        FORBIDDEN.put(
                Constants.REQUIRE_BUNDLE,
                "expected a bundle that requires no other, but it requires %s: import packages, or embed the library");
        FORBIDDEN.put(
                Constants.DYNAMICIMPORT_PACKAGE,
                "expected a bundle without DynamicImport-Package, but it has %s: name what is needed in Import-Package");
    }

    private final BundleContext context;

    JarRules(BundleContext context) {
        this.context = context;
    }

    /**
     * Checks a jar before anything is done to what runs.
     *
     * @throws RefusedException with what was expected
     */
    void check(Jar jar) throws RefusedException {
        for (Map.Entry<String, String> rule : FORBIDDEN.entrySet()) {
            List<HeaderClause> clauses = jar.clauses(rule.getKey());
            if (!clauses.isEmpty()) {
                throw new RefusedException(rule.getValue()
                        .formatted(clauses.stream()
                                .flatMap(clause -> clause.paths().stream())
                                .collect(Collectors.joining(", "))));
            }
        }
        for (Bundle bundle : foundation().toList()) {
            if (jar.name().equals(bundle.getSymbolicName())) {
                throw new RefusedException("expected a symbolic name of its own, but " + jar.name()
                        + " is a part of the broker itself, which is not replaced while it runs");
            }
        }
        for (HeaderClause wanted : jar.clauses(Constants.IMPORT_PACKAGE)) {
            if (!Constants.RESOLUTION_OPTIONAL.equals(wanted.directives().get(Constants.RESOLUTION_DIRECTIVE))) {
                for (String name : wanted.paths()) {
                    checkImport(name, wanted.attributes());
                }
            }
        }
    }

    private void checkImport(String name, Map<String, String> attributes) throws RefusedException {
        if (name.startsWith("java.")) {
            return; // of the machine; bnd writes them down since OSGi 7
        }
        List<BundleCapability> exports = foundation()
                .flatMap(JarRules::packages)
                .filter(c -> name.equals(c.getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE)))
                .toList();
        if (exports.isEmpty()) {
            throw new RefusedException("it imports the package " + name
                    + ", which nobody exports; expected packages of io.marquetry.api, org.slf4j and org.osgi, and"
                    + " libraries embedded");
        }
        Filter filter = filter(name, attributes);
        if (exports.stream().noneMatch(c -> filter.matches(c.getAttributes()))) {
            TreeSet<String> offered = exports.stream()
                    .map(c -> String.valueOf(c.getAttributes().get(Constants.VERSION_ATTRIBUTE)))
                    .collect(Collectors.toCollection(TreeSet::new));
            throw new RefusedException(
                    "it imports the package " + name + " with " + attributes + ", and here is version " + offered);
        }
    }

    private static Filter filter(String name, Map<String, String> attributes) throws RefusedException {
        StringBuilder text = new StringBuilder("(&(" + PackageNamespace.PACKAGE_NAMESPACE + "=" + name + ")");
        try {
            attributes.forEach((key, value) -> {
                if (key.equals(Constants.VERSION_ATTRIBUTE) || key.equals(Constants.BUNDLE_VERSION_ATTRIBUTE)) {
                    text.append(new VersionRange(value).toFilterString(key));
                } else {
                    text.append('(').append(key).append('=').append(value).append(')');
                }
            });
            return FrameworkUtil.createFilter(text + ")");
        } catch (InvalidSyntaxException | IllegalArgumentException e) {
            throw new RefusedException(
                    "expected attributes of OSGi at its import of " + name + ", got " + attributes, e);
        }
    }

    private Stream<Bundle> foundation() {
        return Arrays.stream(context.getBundles()).filter(bundle -> !Seclusion.isExtension(bundle));
    }

    private static Stream<BundleCapability> packages(Bundle bundle) {
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        if (wiring != null) {
            return wiring.getCapabilities(PackageNamespace.PACKAGE_NAMESPACE).stream();
        }
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        return revision == null
                ? Stream.of()
                : revision.getDeclaredCapabilities(PackageNamespace.PACKAGE_NAMESPACE).stream();
    }
}
