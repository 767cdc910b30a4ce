// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.admin.Access;
import io.marquetry.api.admin.Bans;
import io.marquetry.api.admin.Clients;
import io.marquetry.api.admin.Metrics;
import io.marquetry.api.admin.Subscriptions;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.EnhancedAuthenticator;
import io.marquetry.api.auth.Policy;
import io.marquetry.api.client.ClientPort;
import io.marquetry.api.event.BrokerEventListener;
import io.marquetry.api.extension.Guard;
import io.marquetry.api.hook.ConnectHook;
import io.marquetry.api.hook.DeliverHook;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.hook.SubscribeHook;
import io.marquetry.api.store.Store;
import io.marquetry.core.internal.config.Durability;
import io.marquetry.core.internal.config.FlappingSettings;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.NodeSettings;
import io.marquetry.core.internal.config.RetainedSettings;
import io.marquetry.core.internal.config.SysSettings;
import io.marquetry.core.internal.extension.ExtensionWatch;
import io.marquetry.core.internal.hook.HookChain;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.hook.Member;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.hook.Quiescence;
import io.marquetry.core.internal.hook.Ticker;
import io.marquetry.core.port.Door;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker in the container: reads the configuration, follows its changes, collects the extensions, and opens the
 * door. A changed configuration never makes a new broker, since that would cost every connection: it swaps settings.
 */
@Capability(
        namespace = "osgi.service",
        attribute =
                "objectClass:List<String>='io.marquetry.core.port.Door,io.marquetry.api.admin.Bans,io.marquetry.api.admin.Clients,io.marquetry.api.admin.Metrics,io.marquetry.api.admin.Subscriptions,io.marquetry.api.admin.Access,io.marquetry.api.auth.Policy,io.marquetry.api.client.ClientPort,io.marquetry.api.admin.Extensions,io.marquetry.api.extension.Guard'")
@Component(
        service = {},
        configurationPid = {
            MqttSettings.PID,
            FlappingSettings.PID,
            NodeSettings.PID,
            RetainedSettings.PID,
            SysSettings.PID
        },
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class BrokerComponent {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerComponent.class);
    private static final int GOODBYE_SECONDS = 5;
    private static final int SWEEP_SECONDS = 30;
    private static final int COMES_BACK_MILLIS = 1000;

    private final Section<MqttSettings> mqtt = new Section<>(MqttSettings.PID, MqttSettings::read);
    private final Section<FlappingSettings> flapping = new Section<>(FlappingSettings.PID, FlappingSettings::read);
    private final Section<NodeSettings> node = new Section<>(NodeSettings.PID, NodeSettings::read);
    private final Section<RetainedSettings> retained = new Section<>(RetainedSettings.PID, RetainedSettings::read);
    private final Section<SysSettings> sys = new Section<>(SysSettings.PID, SysSettings::read);
    // Extensions may be bound before we are activated.
    private final Ticker ticker = Ticker.ofMachine();
    private final Hooks hooks = new Hooks(mqtt::settings, ticker);
    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();
    private final NettyLoops loops;
    private final Broker broker;
    private final ScheduledExecutorService housekeeping;

    /** Starts the broker; its door opens at the end. */
    @Activate
    public BrokerComponent(BundleContext context, @Reference ConfigurationAdmin admin) {
        this.admin = admin;
        mqtt.load(admin);
        flapping.load(admin);
        node.load(admin);
        retained.load(admin);
        sys.load(admin);
        int count = node.settings().loops();
        loops = new NettyLoops(count > 0 ? count : Runtime.getRuntime().availableProcessors());
        broker = new Broker(
                loops.loops(),
                () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()),
                System::currentTimeMillis,
                node.settings(),
                context.getBundle().getVersion().toString(),
                mqtt.settings(),
                retained.settings(),
                sys.settings(),
                hooks);
        broker.settings(flapping.settings());
        broker.bans().keepIn(data(context).resolve("bans"));
        broker.start();
        durability = mqtt.settings().durability();
        storage = new Storage(broker, durability, BrokerComponent::recover, () -> open(context));
        housekeeping = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "marquetry-housekeeping");
            thread.setDaemon(true);
            return thread;
        });
        var unused = housekeeping.scheduleWithFixedDelay(this::sweep, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
        registrations.add(context.registerService(Metrics.class, broker.statistics(), null));
        registrations.add(context.registerService(Bans.class, broker.bans(), null));
        registrations.add(context.registerService(Clients.class, broker.clients(), null));
        registrations.add(context.registerService(Subscriptions.class, broker.subscriptions(), null));
        registrations.add(context.registerService(Access.class, broker.access(), null));
        registrations.add(context.registerService(Policy.class, broker.policy(), null));
        registrations.add(context.registerService(ClientPort.class, broker.ports(), null));
        registrations.add(context.registerService(Guard.class, new Guards(hooks), null));
        quiescence = new Quiescence(loops.loops());
        extensions = new ExtensionWatch(
                context,
                hooks,
                ticker,
                quiescence,
                () -> mqtt.settings().updateHoldSeconds(),
                () -> mqtt.settings().requiredExtensions(),
                () -> durability != Durability.MEMORY,
                storage::settled);
        goodbye = new Goodbye(broker, this::closeDoor);
        context.addBundleListener(goodbye); // ours, so it goes with us
    }

    /** A thread for what is done once, and takes its time. */
    private static void recover(Runnable task) {
        Thread thread = new Thread(task, "marquetry-recovery");
        thread.setDaemon(true);
        thread.start();
    }

    /** The broker's {@code data/}; in a container that has none, the bundle's own. */
    private static Path data(BundleContext context) {
        String data = context.getProperty("karaf.data");
        return data == null ? context.getDataFile("").toPath() : Path.of(data);
    }

    /** Begins with the extensions of {@code deploy/}; those that others offer are bound by now. */
    @Activate
    void start() {
        extensions.start();
    }

    /** Lets clients in. */
    private synchronized void open(BundleContext context) {
        if (stopped) {
            return;
        }
        door = context.registerService(Door.class, broker, null);
        LOG.info(
                "node {} is ready, with {} event loops",
                node.settings().name(),
                loops.loops().size());
    }

    /** Lets nobody in any more, and those who would open it find it closed for good. */
    private synchronized void closeDoor() {
        stopped = true;
        ServiceRegistration<Door> opened = door;
        door = null;
        if (opened != null) {
            opened.unregister();
        }
    }

    private final ConfigurationAdmin admin;
    private final Durability durability;
    private final Storage storage;
    private final Goodbye goodbye;
    private @Nullable ServiceRegistration<Door> door;
    private final Quiescence quiescence;
    private final ExtensionWatch extensions;
    private boolean stopped;

    /** The configuration has changed: what can change while clients are connected does, the rest is named. */
    @Modified
    void modified() {
        if (mqtt.load(admin)) {
            broker.settings(mqtt.settings());
            if (mqtt.settings().durability() != durability) {
                LOG.warn(
                        "durability changes at the next start; until then it is {}",
                        durability.name().toLowerCase(Locale.ROOT));
            }
        }
        if (flapping.load(admin)) {
            broker.settings(flapping.settings());
        }
        if (retained.load(admin)) {
            broker.settings(retained.settings());
        }
        if (sys.load(admin)) {
            broker.settings(sys.settings());
        }
        if (node.load(admin)) {
            LOG.warn("the node's name and its number of loops change at the next start");
        }
    }

    @Deactivate
    void stop() {
        extensions.close();
        goodbye.say();
        for (int i = registrations.size() - 1; i >= 0; i--) {
            registrations.get(i).unregister();
        }
        housekeeping.shutdownNow();
        loops.close(GOODBYE_SECONDS);
        broker.close();
        LOG.info("node {} has stopped", node.settings().name());
    }

    private void sweep() {
        try {
            broker.sweep();
        } catch (RuntimeException e) {
            LOG.error("sweeping expired retained messages failed; it is tried again", e);
        }
    }

    // --- extensions ---

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addStore(Store store, ServiceReference<Store> reference) {
        hooks.stores().add(store, origin(reference));
        storage.added(store, owner(reference));
    }

    void updatedStore(Store store, ServiceReference<Store> reference) {
        hooks.stores().update(store, origin(reference));
    }

    void removeStore(Store store, ServiceReference<Store> reference) {
        storage.removed(store);
        remove(hooks.stores(), store, reference);
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addPublishHook(PublishHook hook, ServiceReference<PublishHook> reference) {
        hooks.publishHooks().add(hook, origin(reference));
        LOG.info("publish hook of {} is in force", owner(reference));
    }

    void updatedPublishHook(PublishHook hook, ServiceReference<PublishHook> reference) {
        hooks.publishHooks().update(hook, origin(reference));
    }

    void removePublishHook(PublishHook hook, ServiceReference<PublishHook> reference) {
        remove(hooks.publishHooks(), hook, reference);
        LOG.info("publish hook of {} is gone", owner(reference));
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addConnectHook(ConnectHook hook, ServiceReference<ConnectHook> reference) {
        hooks.connectHooks().add(hook, origin(reference));
        LOG.info("connect hook of {} is in force", owner(reference));
    }

    void updatedConnectHook(ConnectHook hook, ServiceReference<ConnectHook> reference) {
        hooks.connectHooks().update(hook, origin(reference));
    }

    void removeConnectHook(ConnectHook hook, ServiceReference<ConnectHook> reference) {
        remove(hooks.connectHooks(), hook, reference);
        LOG.info("connect hook of {} is gone", owner(reference));
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addAuthenticator(Authenticator authenticator, ServiceReference<Authenticator> reference) {
        hooks.authenticators().add(authenticator, origin(reference));
        LOG.info("authenticator of {} is in force", owner(reference));
    }

    void updatedAuthenticator(Authenticator authenticator, ServiceReference<Authenticator> reference) {
        hooks.authenticators().update(authenticator, origin(reference));
    }

    void removeAuthenticator(Authenticator authenticator, ServiceReference<Authenticator> reference) {
        remove(hooks.authenticators(), authenticator, reference);
        LOG.info("authenticator of {} is gone", owner(reference));
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addEnhancedAuthenticator(
            EnhancedAuthenticator authenticator, ServiceReference<EnhancedAuthenticator> reference) {
        hooks.enhancedAuthenticators().add(authenticator, origin(reference));
        LOG.info("enhanced authenticator of {} is in force", owner(reference));
    }

    void updatedEnhancedAuthenticator(
            EnhancedAuthenticator authenticator, ServiceReference<EnhancedAuthenticator> reference) {
        hooks.enhancedAuthenticators().update(authenticator, origin(reference));
    }

    void removeEnhancedAuthenticator(
            EnhancedAuthenticator authenticator, ServiceReference<EnhancedAuthenticator> reference) {
        remove(hooks.enhancedAuthenticators(), authenticator, reference);
        LOG.info("enhanced authenticator of {} is gone", owner(reference));
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addAuthorizer(Authorizer authorizer, ServiceReference<Authorizer> reference) {
        hooks.addAuthorizer(authorizer, origin(reference));
        LOG.info("authorizer of {} is in force", owner(reference));
    }

    void updatedAuthorizer(Authorizer authorizer, ServiceReference<Authorizer> reference) {
        hooks.authorizers().update(authorizer, origin(reference));
    }

    void removeAuthorizer(Authorizer authorizer, ServiceReference<Authorizer> reference) {
        remove(hooks.authorizers(), authorizer, reference);
        LOG.info("authorizer of {} is gone", owner(reference));
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addSubscribeHook(SubscribeHook hook, ServiceReference<SubscribeHook> reference) {
        hooks.subscribeHooks().add(hook, origin(reference));
        LOG.info("subscribe hook of {} is in force", owner(reference));
    }

    void updatedSubscribeHook(SubscribeHook hook, ServiceReference<SubscribeHook> reference) {
        hooks.subscribeHooks().update(hook, origin(reference));
    }

    void removeSubscribeHook(SubscribeHook hook, ServiceReference<SubscribeHook> reference) {
        remove(hooks.subscribeHooks(), hook, reference);
        LOG.info("subscribe hook of {} is gone", owner(reference));
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addDeliverHook(DeliverHook hook, ServiceReference<DeliverHook> reference) {
        hooks.deliverHooks().add(hook, origin(reference));
        LOG.info("deliver hook of {} is in force", owner(reference));
    }

    void updatedDeliverHook(DeliverHook hook, ServiceReference<DeliverHook> reference) {
        hooks.deliverHooks().update(hook, origin(reference));
    }

    void removeDeliverHook(DeliverHook hook, ServiceReference<DeliverHook> reference) {
        remove(hooks.deliverHooks(), hook, reference);
        LOG.info("deliver hook of {} is gone", owner(reference));
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addBrokerEventListener(BrokerEventListener listener, ServiceReference<BrokerEventListener> reference) {
        hooks.listeners().add(listener, origin(reference));
        LOG.info("event listener of {} is in force", owner(reference));
    }

    void updatedBrokerEventListener(BrokerEventListener listener, ServiceReference<BrokerEventListener> reference) {
        hooks.listeners().update(listener, origin(reference));
    }

    void removeBrokerEventListener(BrokerEventListener listener, ServiceReference<BrokerEventListener> reference) {
        remove(hooks.listeners(), listener, reference);
        hooks.forgetListeners();
        LOG.info("event listener of {} is gone", owner(reference));
    }

    /**
     * Returns when nobody is inside the service any more, so that it can be deactivated. A component whose
     * configuration has changed is made anew at once: its place is held for that moment.
     */
    private <T> void remove(HookChain<T> chain, T service, ServiceReference<T> reference) {
        Bundle bundle = reference.getBundle();
        boolean mayComeBack =
                bundle != null && ExtensionWatch.isExtension(bundle) && bundle.getState() == Bundle.ACTIVE;
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
