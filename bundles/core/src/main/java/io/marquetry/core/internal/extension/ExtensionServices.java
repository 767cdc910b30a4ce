// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import io.marquetry.core.internal.hook.HookChain;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.hook.Member;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.hook.Quiescence;
import io.marquetry.core.internal.hook.Ticker;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts what extensions offer into the chains: each service when it comes, in its new place when its properties change,
 * and out when it goes. A service that goes is given back when nobody is inside it any more, so that it can be
 * deactivated.
 */
public final class ExtensionServices implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ExtensionServices.class);
    /** How long the place of a component is held that may be made anew, in milliseconds. */
    static final int COMES_BACK_MILLIS = 1000;

    private final Ticker ticker;
    private final Quiescence quiescence;
    private final List<? extends Followed<?>> trackers;
    private final Set<Bundle> left = ConcurrentHashMap.newKeySet();
    /** Why the service of a component is not there: it does not come to be. */
    private final Map<ServiceReference<?>, String> hanging = new ConcurrentHashMap<>();

    private final int startSeconds;

    /** Nothing is there before {@link #open}. */
    public ExtensionServices(BundleContext context, Hooks hooks, Ticker ticker, Quiescence quiescence) {
        this.ticker = ticker;
        this.quiescence = quiescence;
        this.startSeconds = Bundles.startSeconds(context);
        this.trackers = hooks.chains().stream()
                .map(chain -> new Followed<>(context, chain))
                .toList();
    }

    /** Takes in what is offered, and whatever comes from now on. */
    public void open() {
        trackers.forEach(ServiceTracker::open);
    }

    /** Takes out what a bundle offers that is left behind, now and from now on. */
    void leave(Bundle bundle) {
        left.add(bundle);
        trackers.forEach(tracker -> tracker.leave(bundle));
    }

    /** Which service of a bundle does not come to be, as a sentence, or null. */
    @Nullable
    String hanging(Bundle bundle) {
        hanging.keySet().removeIf(reference -> reference.getBundle() == null); // it is not offered any more
        return hanging.entrySet().stream()
                .filter(entry -> bundle.equals(entry.getKey().getBundle()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    /** Gives everything back. */
    @Override
    public void close() {
        trackers.forEach(ServiceTracker::close);
    }

    /** One chain and the services that belong into it. */
    private final class Followed<T> extends ServiceTracker<T, T> {
        private final HookChain<T> chain;
        private final String kind;

        Followed(BundleContext context, HookChain<T> chain) {
            super(context, chain.type(), null);
            this.chain = chain;
            this.kind = words(chain.type().getSimpleName());
        }

        void leave(Bundle bundle) {
            ServiceReference<T>[] tracked = getServiceReferences();
            if (tracked != null) {
                Arrays.stream(tracked)
                        .filter(reference -> bundle.equals(reference.getBundle()))
                        .forEach(this::remove);
            }
        }

        @Override
        public @Nullable T addingService(ServiceReference<T> reference) {
            if (isLeft(reference)) {
                return null;
            }
            T service = make(reference);
            if (service == null) {
                return null; // who should make it has said why not
            }
            if (isLeft(reference)) {
                context.ungetService(reference); // it took too long to make it
                return null;
            }
            Origin origin = origin(reference);
            chain.add(service, origin);
            LOG.info("{} of {} is in force", kind, origin.owner());
            return service;
        }

        /**
         * The component of an extension is made when its service is asked for. After its start that is when its
         * configuration comes or changes, on the one thread that brings all configurations: it must not be lost.
         */
        private @Nullable T make(ServiceReference<T> reference) {
            Bundle bundle = reference.getBundle();
            if (bundle == null || !Seclusion.isExtension(bundle) || Bounded.isInside()) {
                return super.addingService(reference);
            }
            try {
                return Bounded.run(
                        owner(reference),
                        startSeconds,
                        () -> context.getService(reference),
                        () -> context.ungetService(reference));
            } catch (TimeoutException e) {
                String why = "its " + kind + " " + name(reference) + " hangs in activation: " + e.getMessage();
                hanging.put(reference, why);
                LOG.error(
                        "the extension {}: {}; a thread of the broker is lost to it, and changes of other"
                                + " configurations have waited for it",
                        owner(reference),
                        why);
            } catch (ExecutionException e) {
                LOG.error("the extension {}: its {} cannot be had", owner(reference), kind, e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return null;
        }

        @Override
        public void modifiedService(ServiceReference<T> reference, T service) {
            chain.update(service, origin(reference));
        }

        @Override
        public void removedService(ServiceReference<T> reference, T service) {
            takeOut(reference, service);
            LOG.info("{} of {} is gone", kind, owner(reference));
            super.removedService(reference, service);
        }

        private boolean isLeft(ServiceReference<T> reference) {
            Bundle bundle = reference.getBundle();
            return bundle != null && left.contains(bundle);
        }

        /** A component whose configuration has changed is made anew at once: its place is held for that moment. */
        private void takeOut(ServiceReference<T> reference, T service) {
            Bundle bundle = reference.getBundle();
            boolean mayComeBack = bundle != null && Seclusion.isExtension(bundle) && bundle.getState() == Bundle.ACTIVE;
            Member<T> member = mayComeBack ? chain.suspend(service) : chain.remove(service);
            if (member == null) {
                return;
            }
            if (mayComeBack) {
                ticker.after(COMES_BACK_MILLIS, () -> chain.release(member));
            } else if (member.isHeld()) {
                return; // whoever holds it has waited already
            }
            quiescence.await(List.of(member));
        }
    }

    /** {@code PublishHook} is a publish hook. */
    private static String words(String type) {
        return type.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }

    private static Origin origin(ServiceReference<?> reference) {
        long id = reference.getProperty("service.id") instanceof Long number ? number : 0;
        return new Origin(owner(reference), name(reference), ranking(reference), id);
    }

    /** A file of configuration has no numbers, only texts. */
    private static int ranking(ServiceReference<?> reference) {
        Object ranking = reference.getProperty("service.ranking");
        if (ranking instanceof String text) {
            try {
                return Integer.parseInt(text.strip());
            } catch (NumberFormatException e) {
                LOG.warn(
                        "{} of {}: service.ranking = {}: expected a whole number; 0 counts",
                        name(reference),
                        owner(reference),
                        text);
            }
        }
        return ranking instanceof Integer number ? number : 0;
    }

    /** As {@code io.marquetry.api.extension} says. */
    private static String name(ServiceReference<?> reference) {
        if (reference.getProperty("marquetry.name") instanceof String name) {
            return name;
        }
        if (reference.getProperty("service.pid") instanceof String pid) {
            return pid.startsWith("io.marquetry.") ? pid.substring("io.marquetry.".length()) : pid;
        }
        return owner(reference);
    }

    private static String owner(ServiceReference<?> reference) {
        return reference.getBundle() == null ? "?" : reference.getBundle().getSymbolicName();
    }
}
