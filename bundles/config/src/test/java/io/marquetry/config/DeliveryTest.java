// SPDX-License-Identifier: Apache-2.0
package io.marquetry.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.apache.felix.framework.FrameworkFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ManagedService;
import org.osgi.service.cm.ManagedServiceFactory;

/**
 * The bundle in a real Felix with the real Config Admin and File Install, at the start levels of the distribution. The
 * variables of the environment are set by the build, for this module's tests:
 *
 * <pre>
 * MARQUETRY_MQTT__MAX_INFLIGHT=7
 * MARQUETRY_LISTENERS__TCP__DEFAULT__BIND=127.0.0.1:21091
 * MARQUETRY_LISTENERS__TCP__BY_ENVIRONMENT__BIND=127.0.0.1:21092
 * </pre>
 */
class DeliveryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private Path conf;
    private Framework framework;
    private final List<Map<String, Object>> mqtt = new CopyOnWriteArrayList<>();
    private final List<String> listenerEvents = new CopyOnWriteArrayList<>();
    private final Map<String, Map<String, Object>> listeners = Collections.synchronizedMap(new TreeMap<>());

    @BeforeEach
    void makeConf() throws IOException {
        conf = Files.createDirectory(directory.resolve("conf"));
    }

    @AfterEach
    void stop() throws Exception {
        framework.stop();
        framework.waitForStop(PATIENCE.toMillis());
    }

    @Test
    void givenFileAndVariable_whenStarted_thenOneDeliveryHasBoth() throws Exception {
        write("io.marquetry.core.mqtt.cfg", "maxInflight = 3", "maxQueueLength = 9");

        start();

        await(() -> !mqtt.isEmpty());
        assertThat(mqtt.get(0)).containsEntry("maxInflight", "7").containsEntry("maxQueueLength", "9");
        settle();
        assertThat(mqtt).hasSize(1);
    }

    @Test
    void givenNoFile_whenStarted_thenOneDeliveryHasTheVariable() throws Exception {
        start();

        await(() -> !mqtt.isEmpty());
        assertThat(mqtt.get(0)).containsEntry("maxInflight", "7");
        settle();
        assertThat(mqtt).hasSize(1);
    }

    @Test
    void givenRunning_whenFileChangesAndGoes_thenTheVariableStays() throws Exception {
        start();
        await(() -> mqtt.size() == 1);

        write("io.marquetry.core.mqtt.cfg", "maxInflight = 3", "maxQueueLength = 10");
        await(() -> "10".equals(last(mqtt).get("maxQueueLength")));
        assertThat(last(mqtt)).containsEntry("maxInflight", "7");

        Files.delete(conf.resolve("io.marquetry.core.mqtt.cfg"));
        await(() -> !last(mqtt).containsKey("maxQueueLength"));
        // A null in between, here an empty map, would be the end of a component that requires its configuration.
        assertThat(mqtt).allSatisfy(delivered -> assertThat(delivered).containsEntry("maxInflight", "7"));
    }

    @Test
    void givenVariables_whenStarted_thenNothingOfThemIsStored() throws Exception {
        write("io.marquetry.core.mqtt.cfg", "maxInflight = 3");

        start();

        await(() -> !mqtt.isEmpty());
        BundleContext context = framework.getBundleContext();
        ConfigurationAdmin admin = context.getService(context.getServiceReference(ConfigurationAdmin.class));
        assertThat(admin.getConfiguration("io.marquetry.core.mqtt", "?")
                        .getProperties()
                        .get("maxInflight"))
                .isEqualTo("3");
        assertThat(conf.resolve("io.marquetry.core.mqtt.cfg")).hasContent("maxInflight = 3");
    }

    @Test
    void givenListenersOfFileAndEnvironment_whenStarted_thenEachIsMadeOnce() throws Exception {
        write("io.marquetry.transport.tcp-default.cfg", "bind = 127.0.0.1:1883", "enabled = true");

        start();

        await(() -> listeners.size() == 2);
        assertThat(listeners.get("io.marquetry.transport.tcp~default"))
                .containsEntry("bind", "127.0.0.1:21091")
                .containsEntry("enabled", "true");
        assertThat(listeners.get("io.marquetry.transport.tcp~by_environment")).containsEntry("bind", "127.0.0.1:21092");
        settle();
        assertThat(listenerEvents).hasSize(2);
    }

    @Test
    void givenListenerOfTheEnvironment_whenItsFileComesAndGoes_thenItIsNeverLost() throws Exception {
        start();
        await(() -> listeners.size() == 2);

        write("io.marquetry.transport.tcp-default.cfg", "bind = 127.0.0.1:1883", "enabled = false");
        await(() -> "false".equals(valueOfDefaultListener("enabled")));
        assertThat(valueOfDefaultListener("bind")).isEqualTo("127.0.0.1:21091");

        Files.delete(conf.resolve("io.marquetry.transport.tcp-default.cfg"));
        await(() -> valueOfDefaultListener("enabled") == null);
        assertThat(valueOfDefaultListener("bind")).isEqualTo("127.0.0.1:21091");
        assertThat(listenerEvents).noneMatch(event -> event.startsWith("deleted"));
    }

    @Test
    void givenListenerOfAFile_whenTheFileGoes_thenTheListenerGoes() throws Exception {
        write("io.marquetry.transport.tcp-by-file.cfg", "bind = 127.0.0.1:1883");
        start();
        await(() -> listeners.containsKey("io.marquetry.transport.tcp~by-file"));

        Files.delete(conf.resolve("io.marquetry.transport.tcp-by-file.cfg"));

        await(() -> listenerEvents.contains("deleted io.marquetry.transport.tcp~by-file"));
    }

    @Test
    void givenPlaceholdersOfClients_whenFileIsRead_thenTheyArriveAsTheyStand() throws Exception {
        write(
                "io.marquetry.transport.tcp-templates.cfg",
                "username = broker",
                "password = secret",
                "plain = a/${clientid}/${client_attrs.site}/${topic}",
                "body = {\"user\":\"${username}\",\"password\":\"${password}\"}",
                "mixed = ${java.io.tmpdir}/${peerhost}/${env:MARQUETRY_MQTT__MAX_INFLIGHT}/${nobody}");
        write(
                "io.marquetry.transport.tcp-typed.cfg",
                "text = \"z/${clientid}\"",
                "array = [ \"x/${clientid}\", \"${env:MARQUETRY_MQTT__MAX_INFLIGHT}/${username}\" ]");

        start();

        await(() -> listeners.containsKey("io.marquetry.transport.tcp~templates")
                && listeners.containsKey("io.marquetry.transport.tcp~typed"));
        assertThat(listeners.get("io.marquetry.transport.tcp~templates"))
                .containsEntry("plain", "a/${clientid}/${client_attrs.site}/${topic}")
                .containsEntry("body", "{\"user\":\"${username}\",\"password\":\"${password}\"}")
                .containsEntry("mixed", System.getProperty("java.io.tmpdir") + "/${peerhost}/7/${nobody}");
        assertThat(listeners.get("io.marquetry.transport.tcp~typed"))
                .containsEntry("text", "z/${clientid}")
                .containsEntry("array", new String[] {"x/${clientid}", "7/${username}"});
    }

    @Test
    void givenFileWithPlaceholders_whenItChangesAndGoes_thenItsConfigurationFollows() throws Exception {
        write("io.marquetry.transport.tcp-by-file.cfg", "mountpoint = a/${clientid}/");
        start();
        await(() -> "a/${clientid}/".equals(valueOfListenerByFile("mountpoint")));

        write("io.marquetry.transport.tcp-by-file.cfg", "mountpoint = plain/");
        await(() -> "plain/".equals(valueOfListenerByFile("mountpoint")));
        write("io.marquetry.transport.tcp-by-file.cfg", "mountpoint = b/${username}/");
        await(() -> "b/${username}/".equals(valueOfListenerByFile("mountpoint")));
        Files.delete(conf.resolve("io.marquetry.transport.tcp-by-file.cfg"));

        await(() -> listenerEvents.contains("deleted io.marquetry.transport.tcp~by-file"));
    }

    private Object valueOfListenerByFile(String key) {
        return listeners
                .getOrDefault("io.marquetry.transport.tcp~by-file", Map.of())
                .get(key);
    }

    private Object valueOfDefaultListener(String key) {
        return listeners
                .getOrDefault("io.marquetry.transport.tcp~default", Map.of())
                .get(key);
    }

    /** Starts the container as the distribution does, with two consumers of configuration in place of the broker. */
    private void start() throws Exception {
        Map<String, String> settings = new HashMap<>();
        settings.put(Constants.FRAMEWORK_STORAGE, directory.resolve("cache").toString());
        // The consumers below live on the class path, so the types they share with the bundles must come from there.
        settings.put(
                Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, "org.slf4j;version=1.7.36,org.osgi.service.cm;version=1.6.1");
        settings.put("felix.cm.config.plugins", EnvironmentPlugin.ID);
        settings.put("felix.fileinstall.dir", conf.toString());
        settings.put("felix.fileinstall.filter", ".*\\.cfg");
        settings.put("felix.fileinstall.poll", "100");
        settings.put("felix.fileinstall.noInitialDelay", "true");
        settings.put("felix.fileinstall.enableConfigSave", "false");
        framework = new FrameworkFactory().newFramework(settings);
        framework.init();
        BundleContext context = framework.getBundleContext();
        install(context, "reference:" + Path.of("target", "classes").toUri(), 9);
        for (String name : List.of("org.osgi.util.function", "org.osgi.util.promise")) {
            install(context, jar(name), 9);
        }
        install(context, jar("org.apache.felix.configadmin"), 10);
        install(context, jar("org.apache.felix.fileinstall"), 11);
        framework.start();
        framework.adapt(FrameworkStartLevel.class).setStartLevel(80);
        await(() -> framework.adapt(FrameworkStartLevel.class).getStartLevel() == 80);
        context.registerService(
                ManagedService.class,
                (ManagedService) properties -> mqtt.add(asMap(properties)),
                FrameworkUtil.asDictionary(Map.of(Constants.SERVICE_PID, "io.marquetry.core.mqtt")));
        context.registerService(
                ManagedServiceFactory.class,
                new Listeners(),
                FrameworkUtil.asDictionary(Map.of(Constants.SERVICE_PID, "io.marquetry.transport.tcp")));
    }

    private static void install(BundleContext context, String location, int startLevel) throws Exception {
        Bundle bundle = context.installBundle(location);
        bundle.adapt(BundleStartLevel.class).setStartLevel(startLevel);
        bundle.start();
    }

    /** The jar on the class path of this test, which is a bundle. */
    private static String jar(String artifact) {
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (Path.of(entry).getFileName().toString().startsWith(artifact + "-")) {
                return "reference:" + Path.of(entry).toUri();
            }
        }
        throw new AssertionError(artifact + " is not on the class path of the tests");
    }

    private void write(String file, String... lines) throws IOException {
        Files.write(conf.resolve(file), List.of(lines));
    }

    private static Map<String, Object> asMap(Dictionary<String, ?> properties) {
        Map<String, Object> map = new TreeMap<>();
        if (properties != null) {
            Collections.list(properties.keys()).forEach(key -> map.put(key, properties.get(key)));
        }
        return map;
    }

    private static <T> T last(List<T> list) {
        return new ArrayList<>(list).get(list.size() - 1);
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as("time until the condition holds").isBefore(deadline);
            Thread.sleep(10);
        }
    }

    /**
     * Lets everything that Config Admin has queued be delivered: it delivers in order, so a configuration made now
     * comes after whatever was on its way.
     */
    private void settle() throws Exception {
        BundleContext context = framework.getBundleContext();
        List<Object> seen = new CopyOnWriteArrayList<>();
        context.registerService(
                ManagedService.class,
                (ManagedService) properties -> {
                    if (properties != null) {
                        seen.add(properties);
                    }
                },
                FrameworkUtil.asDictionary(Map.of(Constants.SERVICE_PID, "last.of.all")));
        ConfigurationAdmin admin = context.getService(context.getServiceReference(ConfigurationAdmin.class));
        admin.getConfiguration("last.of.all", "?").update(FrameworkUtil.asDictionary(Map.of("a", "b")));
        await(() -> !seen.isEmpty());
    }

    private final class Listeners implements ManagedServiceFactory {
        @Override
        public String getName() {
            return "listeners";
        }

        @Override
        public void updated(String pid, Dictionary<String, ?> properties) {
            listenerEvents.add("updated " + pid);
            listeners.put(pid, asMap(properties));
        }

        @Override
        public void deleted(String pid) {
            listenerEvents.add("deleted " + pid);
            listeners.remove(pid);
        }
    }
}
