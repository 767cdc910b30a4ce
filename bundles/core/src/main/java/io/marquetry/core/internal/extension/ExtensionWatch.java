// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import io.marquetry.api.admin.Extensions;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.hook.Quiescence;
import io.marquetry.core.internal.hook.Ticker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.hooks.resolver.ResolverHookFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at {@code deploy/} twice a second, and says when the broker is ready for clients: the folder has been read once
 * and every required extension is active. That is said once and never taken back; what is missing later keeps new
 * clients out, not listeners closed.
 */
public final class ExtensionWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ExtensionWatch.class);
    private static final long PERIOD_MILLIS = 500;
    /** How long required extensions may take before it is said that listeners wait for them, in milliseconds. */
    private static final long PATIENCE_MILLIS = 30_000;

    private final BundleContext context;
    private final @Nullable Places places;
    private final Hooks hooks;
    private final Ticker ticker;
    private final Quiescence quiescence;
    private final ExtensionServices services;
    private final IntSupplier holdSeconds;
    private final Supplier<Set<String>> byHand;
    private final BooleanSupplier usesStore;
    private final Runnable ready;
    private final ScheduledThreadPoolExecutor executor;
    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();
    private boolean opened;
    private boolean told;
    private long began;
    private Map<String, String> missing = Map.of();

    /**
     * @param holdSeconds {@code updateHoldSeconds}
     * @param byHand the names in {@code requiredExtensions}
     * @param usesStore whether state is kept in a store when there is one
     * @param ready called once, on a thread of ours
     */
    public ExtensionWatch(
            BundleContext context,
            Hooks hooks,
            Ticker ticker,
            Quiescence quiescence,
            ExtensionServices services,
            IntSupplier holdSeconds,
            Supplier<Set<String>> byHand,
            BooleanSupplier usesStore,
            Runnable ready) {
        this.context = context;
        this.places = Places.of(context);
        this.hooks = hooks;
        this.ticker = ticker;
        this.quiescence = quiescence;
        this.services = services;
        this.holdSeconds = holdSeconds;
        this.byHand = byHand;
        this.usesStore = usesStore;
        this.ready = ready;
        this.executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "marquetry-extensions");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Begins; returns at once. Without a folder the broker is ready at once. */
    public void start() {
        began = ticker.millis();
        Places folders = places;
        if (folders == null) {
            ready.run();
            return;
        }
        registrations.add(context.registerService(ResolverHookFactory.class, new Seclusion(), null));
        ExtensionInstaller installer =
                new ExtensionInstaller(context, folders, hooks, ticker, quiescence, services, holdSeconds);
        Required required = new Required(hooks, folders.data(), byHand, usesStore);
        Extensions extensions =
                new BrokerExtensions(installer, folders, required, hooks, executor, () -> check(installer, required));
        executor.execute(() -> {
            try {
                required.begin();
                installer.begin();
            } catch (IOException e) {
                LOG.error(
                        "what is remembered of extensions in {} cannot be read; it is done without", folders.data(), e);
            }
        });
        registrations.add(context.registerService(Extensions.class, extensions, null));
        ConfigurationThread configurations =
                new ConfigurationThread(ConfigurationThread::find, ticker::millis, Bundles.startSeconds(context));
        var unused = executor.scheduleWithFixedDelay(
                () -> {
                    scan(installer);
                    check(installer, required);
                    configurations.look(
                            installer.lives().stream().map(Life::name).toList());
                },
                0,
                PERIOD_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    private void scan(ExtensionInstaller installer) {
        try {
            installer.scan();
        } catch (RuntimeException | Error e) {
            if (executor.isShutdown()) {
                LOG.info("the look at deploy/ was cut short, since the broker stops: {}", e.toString());
            } else {
                LOG.error("looking at deploy/ failed; it is done again", e);
            }
        }
    }

    private void check(ExtensionInstaller installer, Required required) {
        try {
            Map<String, String> before = missing;
            missing = required.look(installer);
            if (opened && !missing.keySet().equals(before.keySet())) {
                tellOfLoss(required.isAboutStores(missing.keySet()));
            }
        } catch (IOException | RuntimeException e) {
            LOG.error("which extensions are required cannot be looked after; it is done again", e);
            return;
        }
        if (opened) {
            return;
        }
        if (missing.isEmpty()) {
            opened = true;
            ready.run();
        } else if (!told && ticker.millis() - began >= PATIENCE_MILLIS) {
            told = true;
            LOG.error(
                    "listeners stay closed, required extensions are not active: {}; put them right, or open without by"
                            + " mqtt:extension-release NAME",
                    sentence());
        }
    }

    private void tellOfLoss(boolean stores) {
        if (missing.isEmpty()) {
            LOG.info("every required extension is active again: new clients are let in");
        } else if (stores) {
            LOG.error("what is to survive is refused, required extensions are not active: {}", sentence());
        } else {
            LOG.error("nobody new is let in, required extensions are not active: {}", sentence());
        }
    }

    private String sentence() {
        return missing.entrySet().stream()
                .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
                .collect(Collectors.joining(", "));
    }

    /** Ends; what runs goes on until the container stops it. */
    @Override
    public void close() {
        executor.shutdownNow();
        registrations.forEach(ServiceRegistration::unregister);
    }
}
