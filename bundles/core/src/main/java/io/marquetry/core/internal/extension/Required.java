// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import io.marquetry.api.admin.ExtensionInfo.ServiceInfo;
import io.marquetry.api.admin.ExtensionInfo.State;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.EnhancedAuthenticator;
import io.marquetry.core.internal.hook.Hooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which extensions must be there: those that {@code requiredExtensions} names, and those that decide who may connect or
 * who may do what, from their first activation until they are removed. Without them listeners do not open, and later
 * nobody new is let in. Used by the installer's thread.
 */
final class Required {
    private static final Logger LOG = LoggerFactory.getLogger(Required.class);
    private static final String AUTHORIZER_SEEN = "authorizer.seen";
    private static final Map<String, Class<?>> ROLES = Map.of(
            Authenticator.class.getSimpleName(), Authenticator.class,
            EnhancedAuthenticator.class.getSimpleName(), EnhancedAuthenticator.class,
            Authorizer.class.getSimpleName(), Authorizer.class);

    private final Hooks hooks;
    private final Path data;
    private final Supplier<Set<String>> byHand;
    private final Set<String> released = new HashSet<>();

    /** @param byHand the names in {@code requiredExtensions} */
    Required(Hooks hooks, Path data, Supplier<Set<String>> byHand) {
        this.hooks = hooks;
        this.data = data;
        this.byHand = byHand;
    }

    /** What held before the broker was stopped holds again. */
    void begin() {
        if (Files.exists(data.resolve(AUTHORIZER_SEEN))) {
            hooks.silenceMeansNo();
        }
    }

    /** Does without one until it is active again. */
    void release(String name) {
        released.add(name);
    }

    boolean isRequired(String name, Set<String> roles) {
        return !roles.isEmpty() || byHand.get().stream().anyMatch(named -> isNameOf(named, name));
    }

    /** Whether a name as people write it is that of an extension. */
    static boolean isNameOf(String written, String name) {
        return name.equals(written) || name.equals("io.marquetry." + written);
    }

    /**
     * Looks at all of them, and tells the hooks who is to be there.
     *
     * @return the names of those that are missing, each with the reason
     */
    SortedMap<String, String> look(ExtensionInstaller installer) throws IOException {
        SortedMap<String, String> missing = new TreeMap<>();
        Map<String, Set<Class<?>>> roles = new TreeMap<>();
        for (Life life : installer.lives()) {
            learn(life);
            forget(life, installer);
            boolean required = isRequired(life.name(), life.memory.roles());
            life.required(required);
            if (!required || released.contains(life.name())) {
                continue;
            }
            Set<Class<?>> kinds = new HashSet<>();
            life.memory.roles().stream()
                    .filter(ROLES::containsKey)
                    .map(ROLES::get)
                    .forEach(kinds::add);
            roles.put(life.name(), kinds);
            if (!life.isActive() && life.state() != State.HELD) {
                missing.put(life.name(), life.problem() == null ? "it is not active" : life.problem());
            }
        }
        for (String name : byHand.get()) {
            boolean known = installer.lives().stream().anyMatch(life -> isNameOf(name, life.name()));
            if (!known && !released.contains(name)) {
                missing.put(name, "no jar of that name is in deploy/");
            }
        }
        hooks.require(roles, missing.keySet());
        hooks.missing()
                .forEach(name -> missing.putIfAbsent(name, "a service for which it is required is not there any more"));
        if (hooks.wasAuthorizerSeen() && !Files.exists(data.resolve(AUTHORIZER_SEEN))) {
            Files.createDirectories(data);
            Files.createFile(data.resolve(AUTHORIZER_SEEN));
        }
        return missing;
    }

    /**
     * What it offered by a configuration that has been removed, it is not required for any more, as long as it goes on
     * with another one. One that has none left is lost.
     */
    private void forget(Life life, ExtensionInstaller installer) throws IOException {
        if (life.memory.roles().isEmpty()) {
            return;
        }
        Set<String> removed = new TreeSet<>(installer.unconfigured(life));
        Set<String> roles = new TreeSet<>(life.memory.roles());
        if (removed.containsAll(roles)) {
            return;
        }
        if (roles.removeAll(removed)) {
            life.memory.roles(roles);
            life.note("is not required any more for what its configuration was removed of: "
                    + String.join(" and ", removed));
            LOG.info(
                    "the extension {} is not required any more as {}: its configuration was removed",
                    life.name(),
                    String.join(" and ", removed));
        }
    }

    /** An extension becomes required by what it offers when it is active. */
    private void learn(Life life) throws IOException {
        if (!life.isActive()) {
            return;
        }
        Set<String> roles = new TreeSet<>(life.memory.roles());
        boolean forgiven = released.contains(life.name());
        if (forgiven) {
            roles.clear(); // what it offers now is what counts from now on
        }
        hooks.services(life.name()).stream()
                .map(ServiceInfo::type)
                .filter(ROLES::containsKey)
                .forEach(roles::add);
        if (!roles.equals(life.memory.roles()) && !(forgiven && roles.isEmpty())) {
            life.memory.roles(roles);
            life.note("is required from now on, as " + String.join(" and ", roles));
            LOG.info(
                    "the extension {} is required from now on, as {}: without it nobody new is let in, until it is"
                            + " removed",
                    life.name(),
                    String.join(" and ", roles));
        }
        if (forgiven && !roles.isEmpty()) {
            released.remove(life.name());
        }
    }
}
