// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import io.marquetry.core.internal.hook.Hooks;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done to the bundle of an extension, with faults as sentences. Only that one bundle is ever refreshed. A
 * bundle whose activator hangs cannot be stopped by anyone: it is left behind, its services are not asked, and the next
 * one gets a place of its own. Should it return after all, it is uninstalled.
 */
final class Bundles {
    private static final Logger LOG = LoggerFactory.getLogger(Bundles.class);
    private static final String START_SECONDS = "marquetry.extensions.startSeconds";
    private static final int DEFAULT_START_SECONDS = 30;
    private static final int STOP_SECONDS = 10;
    private static final int REFRESH_SECONDS = 10;
    /** How much room a jar needs, as a multiple of its size: itself, the jars inside, and native code inside those. */
    private static final int UNPACKED = 3;
    /** Below the broker: it starts at once, and stops when the broker has said goodbye to its clients. */
    private static final int START_LEVEL = 79;

    private final BundleContext context;
    private final Hooks hooks;
    private final ExtensionServices services;
    private final int startSeconds;

    Bundles(BundleContext context, Hooks hooks, ExtensionServices services) {
        this.context = context;
        this.hooks = hooks;
        this.services = services;
        this.startSeconds = startSeconds(context);
    }

    /** How long an activation may take, as the system property says. */
    static int startSeconds(BundleContext context) {
        String property = context.getProperty(START_SECONDS);
        if (property == null) {
            return DEFAULT_START_SECONDS;
        }
        try {
            int seconds = Integer.parseInt(property.strip());
            if (seconds >= 1) {
                return seconds;
            }
        } catch (NumberFormatException e) {
            LOG.debug("no number", e);
        }
        LOG.warn(
                "{} = {}: expected a whole number of seconds, at least 1; {} counts",
                START_SECONDS,
                property,
                DEFAULT_START_SECONDS);
        return DEFAULT_START_SECONDS;
    }

    /** How long an activation may take. */
    int startSeconds() {
        return startSeconds;
    }

    /** Bundles that an earlier life of ours has left. */
    void removeAll() {
        for (Bundle bundle : context.getBundles()) {
            if (Seclusion.isExtension(bundle)) {
                try {
                    bundle.uninstall();
                } catch (BundleException e) {
                    LOG.warn("{} cannot be uninstalled", bundle, e);
                }
            }
        }
    }

    /** Why a jar cannot be unpacked now, as a sentence; null when there is room for it. */
    @Nullable
    String lackOfRoom(Path jar) throws IOException {
        File unpacked = context.getDataFile("");
        long needed = Files.size(jar) * UNPACKED;
        return unpacked == null || unpacked.getUsableSpace() >= needed
                ? null
                : "the disk of " + unpacked.getParent() + " is full: it needs " + needed
                        + " bytes to be unpacked; make room there, it is installed then";
    }

    /** Makes a jar the content of the extension's bundle, and starts it. */
    void run(Life life, Path jar) throws RefusedException {
        try (InputStream in = Files.newInputStream(jar)) {
            Bundle bundle = life.bundle;
            if (bundle != null && stop(life, bundle)) {
                bundle.update(in);
                refreshIfNeeded(bundle);
            } else {
                String location = Seclusion.LOCATION + life.name() + (life.abandoned == 0 ? "" : "#" + life.abandoned);
                bundle = context.installBundle(location, in);
                bundle.adapt(BundleStartLevel.class).setStartLevel(START_LEVEL);
                life.bundle = bundle;
            }
            start(life, bundle);
        } catch (IOException e) {
            throw new RefusedException("its file cannot be read (" + e + ")", e);
        } catch (BundleException e) {
            throw new RefusedException(sentence(e), e);
        }
    }

    /** Starts it, when it has been stopped. */
    void start(Life life, Bundle bundle) throws RefusedException {
        try {
            Bounded.run(
                    life.name(),
                    startSeconds,
                    () -> {
                        bundle.start(Bundle.START_TRANSIENT);
                        return true;
                    },
                    () -> uninstall(life.name(), bundle));
        } catch (TimeoutException e) {
            abandon(life, bundle, "its activation hangs: " + e.getMessage());
            throw new RefusedException("its activation hangs: " + e.getMessage(), e);
        } catch (ExecutionException e) {
            throw new RefusedException(sentence(e.getCause() == null ? e : e.getCause()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RefusedException("the broker stops", e);
        }
    }

    /** Stops it; returns false when it hangs and had to be left behind. */
    boolean stop(Life life, Bundle bundle) {
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        ClassLoader loader = wiring == null ? null : wiring.getClassLoader();
        try {
            Bounded.run(
                    life.name(),
                    STOP_SECONDS,
                    () -> {
                        bundle.stop(Bundle.STOP_TRANSIENT);
                        return true;
                    },
                    () -> uninstall(life.name(), bundle));
        } catch (TimeoutException e) {
            abandon(life, bundle, "its deactivation hangs: " + e.getMessage());
            return false;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            life.note("threw in deactivation: " + cause);
            LOG.warn("the extension {} threw in deactivation; it is stopped all the same", life.name(), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        hooks.end(life.name());
        tellOfThreads(life, loader);
        return true;
    }

    private static void tellOfThreads(Life life, @Nullable ClassLoader loader) {
        List<String> threads = LeftThreads.of(loader);
        if (!threads.isEmpty()) {
            String line = "left " + threads.size() + " threads running when it was stopped: " + threads;
            life.note(line);
            LOG.warn(
                    "the extension {} {}; expected its deactivation to end them, they hold its classes in memory",
                    life.name(),
                    line);
        }
    }

    private void abandon(Life life, Bundle bundle, String why) {
        services.leave(bundle);
        life.bundle = null;
        life.abandoned++;
        life.note("was left behind: " + why);
        LOG.error("the extension {} is left behind, {}; a thread of the broker is lost to it", life.name(), why);
    }

    /** Stops it and takes it out. */
    void remove(Life life) {
        Bundle bundle = life.bundle;
        if (bundle == null || !stop(life, bundle)) {
            return;
        }
        life.bundle = null;
        uninstall(life.name(), bundle);
        refreshIfNeeded(bundle);
    }

    private static void uninstall(String name, Bundle bundle) {
        try {
            bundle.uninstall();
        } catch (BundleException | IllegalStateException e) {
            LOG.warn("the extension {} cannot be uninstalled", name, e);
        }
    }

    private void refreshIfNeeded(Bundle bundle) {
        FrameworkWiring wiring = context.getBundle(0).adapt(FrameworkWiring.class);
        if (!wiring.getRemovalPendingBundles().contains(bundle)) {
            return;
        }
        if (!Set.of(bundle).containsAll(wiring.getDependencyClosure(List.of(bundle)))) {
            LOG.error(
                    "{} is not refreshed, since other bundles are wired to it; expected it to offer services only",
                    bundle);
            return;
        }
        CountDownLatch refreshed = new CountDownLatch(1);
        wiring.refreshBundles(List.of(bundle), event -> refreshed.countDown());
        try {
            if (!refreshed.await(REFRESH_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("{} has not been refreshed within {} s", bundle, REFRESH_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String sentence(Throwable error) {
        if (error instanceof BundleException bundleException) {
            Throwable cause = bundleException.getCause();
            return bundleException.getType() == BundleException.ACTIVATOR_ERROR && cause != null
                    ? "it threw in activation: " + cause
                    : "it cannot be started: " + bundleException.getMessage();
        }
        return "it threw in activation: " + error;
    }
}
