// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.admin.Access;
import io.marquetry.api.admin.Bans;
import io.marquetry.api.admin.Clients;
import io.marquetry.api.admin.Metrics;
import io.marquetry.api.admin.Storage;
import io.marquetry.api.admin.Subscriptions;
import io.marquetry.api.auth.Policy;
import io.marquetry.api.client.ClientPort;
import io.marquetry.api.extension.Guard;
import io.marquetry.api.store.Store;
import io.marquetry.core.internal.config.Durability;
import io.marquetry.core.internal.config.FlappingSettings;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.NodeSettings;
import io.marquetry.core.internal.config.RetainedSettings;
import io.marquetry.core.internal.config.SysSettings;
import io.marquetry.core.internal.extension.ExtensionServices;
import io.marquetry.core.internal.extension.ExtensionWatch;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.hook.Quiescence;
import io.marquetry.core.internal.hook.Ticker;
import io.marquetry.core.port.Door;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
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
                "objectClass:List<String>='io.marquetry.core.port.Door,io.marquetry.api.admin.Bans,io.marquetry.api.admin.Clients,io.marquetry.api.admin.Metrics,io.marquetry.api.admin.Storage,io.marquetry.api.admin.Subscriptions,io.marquetry.api.admin.Access,io.marquetry.api.auth.Policy,io.marquetry.api.client.ClientPort,io.marquetry.api.admin.Extensions,io.marquetry.api.extension.Guard'")
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
    private static final int LOOK_SECONDS = 5;

    private final Section<MqttSettings> mqtt = new Section<>(MqttSettings.PID, MqttSettings::read);
    private final Section<FlappingSettings> flapping = new Section<>(FlappingSettings.PID, FlappingSettings::read);
    private final Section<NodeSettings> node = new Section<>(NodeSettings.PID, NodeSettings::read);
    private final Section<RetainedSettings> retained = new Section<>(RetainedSettings.PID, RetainedSettings::read);
    private final Section<SysSettings> sys = new Section<>(SysSettings.PID, SysSettings::read);
    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();
    private final ConfigurationAdmin admin;
    private final NettyLoops loops;
    private final Broker broker;
    private final ScheduledExecutorService housekeeping;
    private final Durability durability;
    private final StoreChoice stores;
    private final Goodbye goodbye;
    private final Quiescence quiescence;
    private final ExtensionServices services;
    private final ExtensionWatch extensions;
    private @Nullable ServiceRegistration<Door> door;
    private boolean stopped;

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
        Ticker ticker = Ticker.ofMachine();
        Hooks hooks = new Hooks(mqtt::settings, ticker);
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
        KnownStore known = new KnownStore(data(context).resolve("store.name"));
        stores = new StoreChoice(broker, durability, known, BrokerComponent::recover, () -> open(context));
        housekeeping = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "marquetry-housekeeping");
            thread.setDaemon(true);
            return thread;
        });
        var unused = housekeeping.scheduleWithFixedDelay(this::sweep, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
        var alsoUnused = housekeeping.scheduleWithFixedDelay(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
        registrations.add(context.registerService(Metrics.class, broker.statistics(), null));
        registrations.add(context.registerService(Bans.class, broker.bans(), null));
        registrations.add(context.registerService(Clients.class, broker.clients(), null));
        registrations.add(context.registerService(Subscriptions.class, broker.subscriptions(), null));
        registrations.add(context.registerService(Storage.class, broker.storage(), null));
        registrations.add(context.registerService(Access.class, broker.access(), null));
        registrations.add(context.registerService(Policy.class, broker.policy(), null));
        registrations.add(context.registerService(ClientPort.class, broker.ports(), null));
        registrations.add(context.registerService(Guard.class, new Guards(hooks), null));
        quiescence = new Quiescence(loops.loops());
        services = new ExtensionServices(context, hooks, ticker, quiescence);
        extensions = new ExtensionWatch(
                context,
                hooks,
                ticker,
                quiescence,
                services,
                () -> mqtt.settings().updateHoldSeconds(),
                () -> mqtt.settings().requiredExtensions(),
                stores::isPossible,
                stores::settled);
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

    /** Begins with the extensions of {@code deploy/}; those that others offer are there by then. */
    @Activate
    void start() {
        services.open();
        extensions.start();
    }

    /** Lets clients in. */
    private synchronized void open(BundleContext context) {
        if (stopped) {
            return;
        }
        door = context.registerService(Door.class, broker, null);
        door.setProperties(FrameworkUtil.asDictionary(Map.of("ready", true))); // the listeners are open by now
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
        stores.end();
        for (int i = registrations.size() - 1; i >= 0; i--) {
            registrations.get(i).unregister();
        }
        housekeeping.shutdownNow();
        loops.close(GOODBYE_SECONDS);
        broker.close();
        services.close();
        LOG.info("node {} has stopped", node.settings().name());
    }

    private void sweep() {
        try {
            broker.sweep();
        } catch (RuntimeException e) {
            LOG.error("sweeping expired retained messages failed; it is tried again", e);
        }
    }

    private void look() {
        try {
            broker.lookAtStorage();
        } catch (RuntimeException e) {
            LOG.debug("the store could not be looked at; it is tried again", e);
        }
    }

    // --- the store ---

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addStore(Store store, ServiceReference<Store> reference) {
        stores.added(store, String.valueOf(reference.getBundle().getSymbolicName()));
    }

    void removeStore(Store store) {
        stores.removed(store);
        synchronized (this) {
            if (stopped) {
                return; // no loop runs any more
            }
        }
        quiescence.await(List.of()); // no loop is inside it any more
    }
}
