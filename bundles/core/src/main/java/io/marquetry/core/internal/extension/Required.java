// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import io.marquetry.api.admin.ExtensionInfo.ServiceInfo;
import io.marquetry.api.admin.ExtensionInfo.State;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.EnhancedAuthenticator;
import io.marquetry.api.store.Store;
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
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which extensions must be there: those that {@code requiredExtensions} names, and those that decide who may connect or
 * who may do what, or that keep the broker's state, from their first activation until they are removed. Without them
 * listeners do not open, and later nobody new is let in; without a store what needs it is refused. Used by the
 * installer's thread.
 */
final class Required {
    private static final Logger LOG = LoggerFactory.getLogger(Required.class);
    private static final String AUTHORIZER_SEEN = "authorizer.seen";
    private static final String STORE = Store.class.getSimpleName();
    private static final Map<String, Class<?>> ROLES = Map.of(
            Authenticator.class.getSimpleName(),
            Authenticator.class,
            EnhancedAuthenticator.class.getSimpleName(),
            EnhancedAuthenticator.class,
            Authorizer.class.getSimpleName(),
            Authorizer.class,
            STORE,
            Store.class);

    private final Hooks hooks;
    private final Path data;
    private final Supplier<Set<String>> byHand;
    private final BooleanSupplier usesStore;
    private final Set<String> released = new HashSet<>();
    /** Those that are required as stores alone: without one only what needs it is refused once listeners are open. */
    private final Set<String> stores = new HashSet<>();

    private boolean silenced;

    /**
     * @param byHand the names in {@code requiredExtensions}
     * @param usesStore whether state is kept in a store when there is one
     */
    Required(Hooks hooks, Path data, Supplier<Set<String>> byHand, BooleanSupplier usesStore) {
        this.hooks = hooks;
        this.data = data;
        this.byHand = byHand;
        this.usesStore = usesStore;
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

    /** Whether these are stores and nothing else, as the last look has told. */
    boolean isAboutStores(Set<String> names) {
        return stores.containsAll(names);
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
        stores.clear();
        Map<String, Set<Class<?>>> roles = new TreeMap<>();
        for (Life life : installer.lives()) {
            learn(life);
            forget(life, installer);
            Set<String> itsRoles = rolesOf(life, installer);
            boolean required = isRequired(life.name(), itsRoles);
            life.required(required);
            if (!required || released.contains(life.name())) {
                continue;
            }
            Set<Class<?>> kinds = new HashSet<>();
            itsRoles.stream().filter(ROLES::containsKey).map(ROLES::get).forEach(kinds::add);
            boolean stored = kinds.remove(Store.class);
            if (stored && kinds.isEmpty()) {
                stores.add(life.name());
            }
            roles.put(life.name(), kinds);
            if (!life.isActive() && life.state() != State.HELD) {
                missing.put(life.name(), life.problem() == null ? "it is not active" : life.problem());
            } else if (stored && !hooks.stores().isFrom(life.name())) {
                missing.put(life.name(), "its store is not there");
            }
        }
        for (String name : byHand.get()) {
            boolean known = installer.lives().stream().anyMatch(life -> isNameOf(name, life.name()));
            if (!known && !released.contains(name)) {
                missing.put(name, "no jar of that name is in deploy/");
            }
        }
        Set<String> absent = new HashSet<>(missing.keySet());
        absent.removeAll(stores);
        hooks.require(roles, absent);
        hooks.missing()
                .forEach(name -> missing.putIfAbsent(name, "a service for which it is required is not there any more"));
        if (hooks.wasAuthorizerSeen() && !Files.exists(data.resolve(AUTHORIZER_SEEN))) {
            Files.createDirectories(data);
            Files.createFile(data.resolve(AUTHORIZER_SEEN));
        }
        tellOfSilence(missing.isEmpty() && hooks.isSilenced());
        return missing;
    }

    /** Who removes the last authorizer opens nothing, and would look for the reason in vain. */
    private void tellOfSilence(boolean now) {
        if (now && !silenced) {
            LOG.warn(
                    "there is no authorizer any more, so only superusers and clients with rules of their own may publish"
                            + " and subscribe: expected another one, or noMatch = allow in conf/io.marquetry.core.mqtt.cfg");
        }
        silenced = now;
    }

    /**
     * For which it is required; a broker that keeps its state in memory needs no store. One that does not even become
     * active the first time is required all the same: who puts a store into the folder does not want to go on without.
     */
    private Set<String> rolesOf(Life life, ExtensionInstaller installer) {
        Set<String> roles = new TreeSet<>(life.memory.roles());
        if (!usesStore.getAsBoolean()) {
            roles.remove(STORE);
        } else if (!life.isActive() && installer.offers(life.name(), Store.class)) {
            roles.add(STORE);
        }
        return roles;
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
                .filter(role -> ROLES.containsKey(role) && (!role.equals(STORE) || usesStore.getAsBoolean()))
                .forEach(roles::add);
        if (!roles.equals(life.memory.roles()) && !(forgiven && roles.isEmpty())) {
            life.memory.roles(roles);
            life.note("is required from now on, as " + String.join(" and ", roles));
            LOG.info(
                    "the extension {} is required from now on, as {}: without it {}, until it is removed",
                    life.name(),
                    String.join(" and ", roles),
                    roles.equals(Set.of(STORE)) ? "listeners do not open" : "nobody new is let in");
        }
        if (forgiven && !roles.isEmpty()) {
            released.remove(life.name());
        }
    }
}
