// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import io.marquetry.api.admin.ExtensionInfo.State;
import io.marquetry.core.internal.extension.Components.Health;
import io.marquetry.core.internal.extension.Folder.Found;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.hook.Quiescence;
import io.marquetry.core.internal.hook.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one door for extensions: makes what runs agree with what lies in {@code deploy/}. A jar is checked before
 * anything is done to what runs; while it takes the place of another one, that place is held in the chains; when it
 * fails, the last good one runs again. Everything here happens on one thread.
 */
final class ExtensionInstaller {
    private static final Logger LOG = LoggerFactory.getLogger(ExtensionInstaller.class);
    private static final Comparator<Jar> BEST_LAST =
            Comparator.comparing(Jar::version).thenComparing(Jar::file, Comparator.reverseOrder());

    private final Folder folder;
    private final Path data;
    private final Ticker ticker;
    private final JarRules rules;
    private final Components components;
    private final DefaultConfiguration defaults;
    private final Bundles bundles;
    private final HeldPlace place;
    /** By symbolic name; changed by one thread, read by any. */
    private final Map<String, Life> lives = new ConcurrentSkipListMap<>();

    private final Departed departed = new Departed();

    private volatile List<Found> found = List.of();

    ExtensionInstaller(
            BundleContext context,
            Places places,
            Hooks hooks,
            Ticker ticker,
            Quiescence quiescence,
            ExtensionServices services,
            IntSupplier holdSeconds) {
        this.folder = new Folder(places.deploy(), places.data().resolve(".incoming"));
        this.data = places.data();
        this.ticker = ticker;
        this.rules = new JarRules(context);
        this.components = new Components(context, services);
        this.defaults = new DefaultConfiguration(context, places.conf());
        this.bundles = new Bundles(context, hooks, services);
        this.place = new HeldPlace(hooks, ticker, quiescence, holdSeconds, bundles.startSeconds());
    }

    /** Those of {@code deploy/}, in the order of their names. */
    Collection<Life> lives() {
        return lives.values();
    }

    @Nullable
    Life life(String name) {
        return lives.get(name);
    }

    Departed departed() {
        return departed;
    }

    /** Which jar of a name counts: the one of the highest version. */
    static Jar best(Collection<Jar> jars) {
        return jars.stream().max(BEST_LAST).orElseThrow();
    }

    /** What lies in {@code deploy/}. */
    List<Found> found() {
        return found;
    }

    Folder folder() {
        return folder;
    }

    /** Whether the manifest of a jar in the folder says that the extension has such a service. */
    boolean offers(String name, Class<?> service) {
        return find(file -> {
                    Jar jar = file.jar();
                    return jar != null
                            && jar.name().equals(name)
                            && jar.headers()
                                    .getOrDefault(Constants.PROVIDE_CAPABILITY, "")
                                    .contains('"' + service.getName() + '"');
                })
                != null;
    }

    /** Remembers what was there before the broker was stopped. */
    void begin() throws IOException {
        bundles.removeAll();
        for (String name : Memory.names(data)) {
            lives.put(name, new Life(name, Memory.of(data.resolve(name))));
        }
    }

    /** Makes what runs agree with the folder. */
    void scan() {
        List<Found> files = folder.look();
        found = files;
        Map<String, List<Jar>> jars = new TreeMap<>();
        for (Found file : files) {
            Jar jar = file.jar();
            if (jar != null) {
                jars.computeIfAbsent(jar.name(), name -> new java.util.ArrayList<>())
                        .add(jar);
            }
        }
        jars.keySet().forEach(name -> lives.computeIfAbsent(name, this::born));
        for (Life life : lives.values()) {
            try {
                settle(life, jars.getOrDefault(life.name(), List.of()));
                life.trouble = null;
            } catch (IOException e) {
                if (!e.toString().equals(life.trouble)) {
                    life.trouble = e.toString();
                    LOG.error(
                            "the extension {} cannot be looked after: {}; expected to be able to write to {}; it is"
                                    + " tried again",
                            life.name(),
                            e.toString(),
                            data);
                }
            }
        }
        folder.tidy();
    }

    private Life born(String name) {
        try {
            return new Life(name, Memory.of(data.resolve(name)));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void settle(Life life, List<Jar> jars) throws IOException {
        if (jars.isEmpty()) {
            Found spoiled = find(file -> file.fileName().equals(life.memory.file()));
            if (spoiled != null && spoiled.problem() != null) {
                keepGood(life, spoiled.fileName(), spoiled.problem());
            } else {
                remove(life);
            }
            return;
        }
        Jar best = best(jars);
        if (best.hash().equals(life.runningHash)) {
            life.is(best.file().getFileName().toString(), best.version().toString());
            life.memory.file(best.file().getFileName().toString());
            look(life, best);
        } else if (best.hash().equals(life.failedHash)) {
            look(life, null);
        } else if (best.hash().equals(life.memory.failedHash()) && life.memory.goodJar() != null) {
            life.failedHash = best.hash();
            keepGood(life, best.file().getFileName().toString(), life.memory.failure());
        } else {
            takeIfThereIsRoom(life, best);
        }
    }

    private @Nullable Found find(Predicate<Found> which) {
        return found.stream().filter(which).findFirst().orElse(null);
    }

    // --- one jar takes its place ---

    /** What is unpacked on a full disk lacks something for ever; so nothing is touched before there is room. */
    private void takeIfThereIsRoom(Life life, Jar jar) throws IOException {
        String lack = bundles.lackOfRoom(jar.copy());
        if (lack == null) {
            take(life, jar);
        } else if (life.bundle == null) {
            waiting(life, lack);
        } else {
            throw new IOException(lack); // what runs goes on
        }
    }

    private void take(Life life, Jar jar) throws IOException {
        String file = jar.file().getFileName().toString();
        boolean replaces = life.bundle != null;
        boolean wasActive = life.isActive();
        life.note((replaces ? "is replaced by " : "is installed from ") + file + " " + jar.version());
        try {
            rules.check(jar);
        } catch (RefusedException e) {
            refuse(life, jar, e.sentence());
            return;
        }
        life.memory.placed(defaults.place(jar, life.memory.placed()));
        life.is(file, jar.version().toString());
        place.during(life, "is installed from " + file, () -> {
            try {
                bundles.run(life, jar.copy());
                life.runningHash = jar.hash();
                Health health = awaitHealth(life, wasActive);
                if (health.isWell()) {
                    good(life, jar);
                } else if (life.memory.goodJar() != null && (wasActive || health.isFailure())) {
                    throw new RefusedException(String.valueOf(health.problem()));
                } else {
                    waiting(life, String.valueOf(health.problem()));
                }
            } catch (RefusedException e) {
                life.runningHash = null;
                refuse(life, jar, e.sentence());
            }
        });
    }

    /** Until its components are there; a component that waits for something gets the time for which a place is held. */
    private Health awaitHealth(Life life, boolean wasActive) {
        return components.await(Objects.requireNonNull(life.bundle), wasActive ? place.seconds() : 0);
    }

    private void good(Life life, Jar jar) throws IOException {
        life.memory.good(jar);
        life.failedHash = null;
        life.active();
        life.note("is active with version " + jar.version());
        LOG.info("the extension {} {} is active", life.name(), jar.version());
    }

    private static void waiting(Life life, String why) {
        if (life.state() != State.WAITING || !why.equals(life.problem())) {
            life.note("waits: " + why);
            LOG.warn("the extension {} is installed, but not active: {}", life.name(), why);
        }
        life.waiting(why);
    }

    private void refuse(Life life, Jar jar, String why) throws IOException {
        String file = jar.file().getFileName().toString();
        LOG.warn("{} is not installed: {}; it is looked at again when the file changes", jar.file(), why);
        life.note("does not take " + file + ": " + why);
        life.failedHash = jar.hash();
        if (life.memory.goodHash() != null) {
            life.memory.failed(file, jar.hash(), why);
        }
        keepGood(life, file, why);
    }

    /** What lies in the folder cannot be used: the last good jar goes on, or runs again. */
    private void keepGood(Life life, String file, String why) throws IOException {
        Path good = life.memory.goodJar();
        String hash = life.memory.goodHash();
        if (good == null || hash == null) {
            bundles.remove(life);
            life.is(file, "");
            life.refused(why);
            return;
        }
        if (hash.equals(life.runningHash) && life.bundle != null) {
            if (life.state() != State.ROLLED_BACK || !why.equals(life.problem())) {
                life.rolledBack(why, components.look(life.bundle).isWell());
            }
            return;
        }
        try {
            bundles.run(life, good);
            life.runningHash = hash;
            life.is(file, life.memory.goodVersion());
            Health health = awaitHealth(life, false);
            life.rolledBack(health.isWell() ? why : why + "; and the one before: " + health.problem(), health.isWell());
            life.note("runs its last good version again, " + life.memory.goodVersion());
            LOG.warn(
                    "the extension {} runs its last good version {}, since {} is not taken: {}",
                    life.name(),
                    life.memory.goodVersion(),
                    file,
                    why);
        } catch (RefusedException e) {
            bundles.remove(life);
            life.runningHash = null;
            life.refused(why + "; and the last good one does not run either: " + e.sentence());
            LOG.error("the extension {} does not run at all: {}", life.name(), life.problem());
        }
    }

    /** As of {@link Components#unconfigured}; nothing while its place is held. */
    Set<String> unconfigured(Life life) {
        Bundle bundle = life.bundle;
        return bundle == null || life.state() == State.HELD ? Set.of() : components.unconfigured(bundle);
    }

    // --- what runs ---

    /** Looks how an extension is that nobody has changed. */
    private void look(Life life, @Nullable Jar jar) throws IOException {
        Bundle bundle = life.bundle;
        if (bundle == null) {
            return;
        }
        Health health = components.look(bundle);
        if (health.isWell()) {
            life.well();
        } else if (life.isActive() && !health.isFailure() && !life.isLost(ticker.millis())) {
            return;
        }
        if (life.state() == State.ROLLED_BACK) {
            if (health.isWell() != life.isActive()) {
                life.rolledBack(String.valueOf(life.problem()), health.isWell());
            }
        } else if (!health.isWell()) {
            waiting(life, String.valueOf(health.problem()));
        } else if (jar != null && life.state() != State.ACTIVE) {
            good(life, jar);
        }
    }

    private void remove(Life life) throws IOException {
        life.note("is removed");
        departed.add(life);
        lives.remove(life.name());
        boolean ran = life.bundle != null;
        bundles.remove(life);
        life.memory.delete();
        if (ran) {
            LOG.info("the extension {} is removed", life.name());
        }
    }

    /** Stops an extension and starts it again, or tries the jar again that has failed. */
    void restart(Life life) throws IOException {
        Bundle bundle = life.bundle;
        life.note("is restarted");
        if (bundle == null || life.state() == State.ROLLED_BACK) {
            life.failedHash = null;
            life.memory.tryAgain();
            scan();
            return;
        }
        place.during(life, "is restarted", () -> {
            try {
                if (bundles.stop(life, bundle)) {
                    bundles.start(life, bundle);
                } else {
                    life.runningHash = null; // the next look at the folder installs it anew
                }
                Health health = life.bundle == null
                        ? new Health("its bundle hangs and was left behind", true)
                        : awaitHealth(life, true);
                if (health.isWell()) {
                    life.active();
                } else {
                    waiting(life, String.valueOf(health.problem()));
                }
            } catch (RefusedException e) {
                waiting(life, e.sentence());
            }
        });
    }
}
