// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.admin.OperatorShell;
import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.StartedWith;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Extensions that hang for ever, in their start, in their configuration and in their calls, or that throw Errors, while
 * clients exchange messages.
 */
@StartedWith(
        env = {
            "MARQUETRY_JAVA_OPTS=-ea -Dmarquetry.extensions.startSeconds=10",
            "MARQUETRY_MQTT__NO_MATCH=allow",
            "MARQUETRY_MQTT__HOOK_TIMEOUT_SECONDS=1",
            "MARQUETRY_MQTT__AUTH_TIMEOUT_SECONDS=1"
        })
class HangingIT extends BrokerTest {
    private static final int IMPLEMENTATION_SPECIFIC_ERROR = 0x83;
    private static final int NOT_AUTHORIZED = 0x87;
    private static final int SERVER_UNAVAILABLE = 0x88;
    /** Fewer than the breaker takes, and than there are threads for calls that wait. */
    private static final int HANGING = 3;
    /** What is a second and more when a loop waits, is a few milliseconds when none does. */
    private static final int FACTOR = 20;

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String NAME = "io.marquetry.itests.hanging";
    private static final String COMPONENT = """
            <?xml version="1.0" encoding="UTF-8"?>
            <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="%1$s">
              <property name="mark" value="mark"/>
              <service>%2$s</service>
              <implementation class="%1$s"/>
            </scr:component>
            """;

    @Test
    void givenStartsThatHang_whenDropped_thenTheyAreGivenUpAndOthersAreInstalledAndTheyCanBeRemoved() throws Exception {
        broker().process().log().allow("io\\.marquetry\\.itests\\.hanging");
        // Start levels are set beside what is done to a bundle, and come late where the machine is busy.
        broker().process().log().allow("FrameworkEvent ERROR");
        Files.deleteIfExists(broker().process().base().resolve("let-go"));
        Path activator = deploy("a.jar");
        Path component = deploy("b.jar");
        Path good = deploy("c.jar");
        Witness witness = Witness.begin(broker().process());
        try (Fleet fleet = Fleet.start(broker().port(), 50, Duration.ofMillis(100))) {
            bundle(NAME + ".activator")
                    .header("Bundle-Activator", HangingActivator.class.getName())
                    .add(HangingActivator.class)
                    .add(MarkHook.class)
                    .writeTo(activator);
            Patience.until(
                    "the list to say that it is being installed",
                    LIMIT,
                    () -> list().matches("(?s).*hanging\\.activator\t[^\n]*\theld\t[^\n]*"
                            + "it is installed from a\\.jar since [^\n]* after 10 s is given up.*"));
            component(NAME + ".component", HangingComponent.class, "hook.PublishHook")
                    .writeTo(component);
            component(NAME + ".good", MarkHook.class, "hook.PublishHook").writeTo(good);

            fleet.awaitMark("mark");
            for (String name : List.of("activator", "component")) {
                Patience.until(
                        name + " to be refused",
                        LIMIT,
                        () -> list().matches(
                                        "(?s).*hanging\\." + name + "\t[^\n]*\trefused\t[^\n]*its activation hangs.*"));
            }
            Files.delete(good);
            fleet.awaitMark(""); // and so the hook of the activator that hangs is not asked

            component(NAME + ".activator", MarkHook.class, "hook.PublishHook").writeTo(activator);
            fleet.awaitMark("mark");
            Files.delete(activator);
            Files.delete(component);
            fleet.awaitMark("");
            awaitNothingListed();

            // Who returns after all is taken out.
            int mark = broker().process().log().mark();
            Files.writeString(broker().process().base().resolve("let-go"), "");
            broker().process().log().await(mark, "witness event UNINSTALLED of " + NAME + "\\.activator", LIMIT);
            broker().process().log().await(mark, "witness event UNINSTALLED of " + NAME + "\\.component", LIMIT);
            fleet.awaitTraffic(2);
            assertThat(fleet.streams()).allMatch(stream -> stream.isMarked(""));
            fleet.drain();
        }
        witness.endAndAssertOnlyTouched(NAME + ".activator", NAME + ".component", NAME + ".good");
    }

    @Test
    void givenConfigurationThatMakesAComponentHang_whenItComes_thenOthersAreStillConfigured() throws Exception {
        broker().process().log().allow("io\\.marquetry\\.itests\\.hanging");
        Path jar = deploy("f.jar");
        Path good = deploy("g.jar");
        Path conf = broker().process().base().resolve("conf");
        Path letGo = broker().process().base().resolve("let-go");
        Files.deleteIfExists(letGo);
        String late = NAME + ".late";
        String other = NAME + ".other";
        try (Fleet fleet = Fleet.start(broker().port(), 50, Duration.ofMillis(100))) {
            configured(late, HangingComponent.class).writeTo(jar);
            configured(other, MarkHook.class).writeTo(good);
            for (String name : List.of("late", "other")) {
                awaitConfigurationMissing(name);
            }

            int mark = broker().process().log().mark();
            Files.writeString(conf.resolve(late + ".cfg"), "mark = never\n");
            broker().process().log().await(mark, late + ": its publish hook .* hangs in activation", LIMIT);
            Files.writeString(conf.resolve(other + ".cfg"), "mark = configured\n");

            fleet.awaitMark("configured");
            assertThat(list()).containsPattern("hanging\\.late\t[^\n]*\twaiting\t[^\n]*hangs in activation");

            configured(late, MarkHook.class).writeTo(jar); // the next version does not hang
            fleet.awaitMark("never");
            fleet.drain();
        } finally {
            Files.writeString(letGo, "");
            for (Path file : List.of(conf.resolve(late + ".cfg"), conf.resolve(other + ".cfg"), jar, good)) {
                Files.deleteIfExists(file);
            }
            awaitNothingListed();
        }
    }

    private void awaitConfigurationMissing(String name) {
        Patience.until(
                name + " to wait for its configuration",
                LIMIT,
                () -> list().matches("(?s).*hanging\\." + name + "\t[^\n]*\twaiting\t.*"));
    }

    @ParameterizedTest
    @CsvSource({"HangingComponent, false", "HangingEnd, false", "HangingEnd, true"})
    void givenComponentThatKeepsTheThreadOfConfigurations_whenItTakesTooLong_thenItIsSaidAndNothingIsLost(
            String type, boolean offersAService) throws Exception {
        broker().process().log().allow("io\\.marquetry\\.itests\\.hanging");
        Class<?> hanging = type.equals("HangingEnd") ? HangingEnd.class : HangingComponent.class;
        Path jar = deploy("j.jar");
        Path good = deploy("k.jar");
        Path conf = broker().process().base().resolve("conf");
        Path letGo = broker().process().base().resolve("let-go");
        String late = NAME + ".late";
        String other = NAME + ".other";
        Files.writeString(letGo, "");
        Files.writeString(conf.resolve(late + ".cfg"), "mark = first\n");
        try (Fleet fleet = Fleet.start(broker().port(), 50, Duration.ofMillis(100))) {
            ExtensionJar extension = configured(late, hanging);
            (offersAService ? extension : extension.add("OSGI-INF/component.xml", withoutService(late, hanging)))
                    .writeTo(jar);
            awaitActive("late");
            configured(other, MarkHook.class).writeTo(good);
            awaitConfigurationMissing("other");

            Files.delete(letGo);
            int mark = broker().process().log().mark();
            Files.writeString(conf.resolve(late + ".cfg"), "mark = second\n");
            broker().process().log().await(mark, late + " hangs for 10 s in a component .* " + late + ":", LIMIT);
            Files.writeString(conf.resolve(other + ".cfg"), "mark = configured\n");
            Files.writeString(letGo, "");

            broker().process().log().await(mark, "changes of configuration are in force again", LIMIT);
            fleet.awaitMark("configured");
            fleet.drain();
        } finally {
            Files.writeString(letGo, "");
            for (Path file : List.of(conf.resolve(late + ".cfg"), conf.resolve(other + ".cfg"), jar, good)) {
                Files.deleteIfExists(file);
            }
            awaitNothingListed();
        }
    }

    @Test
    void givenCallsThatHang_whenOthersPublish_thenTheyAreAsFastAsBeforeAndStayConnected() throws Exception {
        broker().process().log().allow("io\\.marquetry\\.itests\\.hanging");
        component(NAME + ".access", HangingAccess.class, "auth.Authenticator", "auth.Authorizer")
                .writeTo(deploy("d.jar"));
        component(NAME + ".hook", HangingHook.class, "hook.PublishHook").writeTo(deploy("e.jar"));
        awaitActive("access", "hook");
        List<Probe> hanging = new ArrayList<>();
        try (Fleet fleet = Fleet.start(broker().port(), 200, Duration.ofMillis(200))) {
            fleet.awaitTraffic(5);
            fleet.forgetDelays();
            fleet.awaitTraffic(25);
            long before = fleet.delayOf(0.99);
            fleet.forgetDelays();

            for (int i = 0; i < HANGING; i++) {
                Probe right = publish("right" + i, "hang");
                Probe hook = publish("hook" + i, "hang/hook");
                Probe connect = Probe.open(broker().port(), Version.V5);
                connect.send(Packets.connect("connect" + i).username("hang"));
                hanging.addAll(List.of(right, hook, connect));
                fleet.awaitTraffic(8);
                assertThat(right.await(Puback.class).code()).isEqualTo(NOT_AUTHORIZED);
                assertThat(hook.await(Puback.class).code()).isEqualTo(IMPLEMENTATION_SPECIFIC_ERROR);
                assertThat(connect.await(Connack.class).code()).isEqualTo(SERVER_UNAVAILABLE);
            }
            long with = fleet.delayOf(0.99);
            System.out.printf("p99 of a PUBACK: %d us without, %d us with calls that hang%n", before, with);

            fleet.drain();
            assertThat(with).isLessThan(FACTOR * before);
        } finally {
            hanging.forEach(Probe::close);
            Files.delete(deploy("d.jar"));
            Files.delete(deploy("e.jar"));
            awaitNothingListed();
        }
    }

    @Test
    void givenCallsThatThrowErrors_whenOthersPublish_thenTheyAreAsFastAsBeforeAndStayConnected() throws Exception {
        broker().process().log().allow("io\\.marquetry\\.itests\\.hanging");
        component(NAME + ".access", ErrorAccess.class, "auth.Authenticator", "auth.Authorizer")
                .writeTo(deploy("h.jar"));
        component(NAME + ".hook", ErrorHook.class, "hook.PublishHook").writeTo(deploy("i.jar"));
        awaitActive("access", "hook");
        try (Fleet fleet = Fleet.start(broker().port(), 200, Duration.ofMillis(200))) {
            fleet.awaitTraffic(5);
            fleet.forgetDelays();
            fleet.awaitTraffic(25);
            long before = fleet.delayOf(0.99);
            fleet.forgetDelays();
            long from = fleet.received();

            Probe client = client(Version.V5, "throws");
            int errors = 0;
            // For as long as the fleet was measured without.
            while (fleet.received() < from + 25 * 400) {
                assertThat(client.publish("error", "x", 1)).isEqualTo(NOT_AUTHORIZED);
                assertThat(client.publish("error/hook", "x", 1)).isEqualTo(IMPLEMENTATION_SPECIFIC_ERROR);
                try (Probe connect = Probe.open(broker().port(), Version.V5)) {
                    connect.send(Packets.connect("connect").username("error"));
                    assertThat(connect.await(Connack.class).code()).isEqualTo(SERVER_UNAVAILABLE);
                }
                errors += 3;
            }
            long with = fleet.delayOf(0.99);
            System.out.printf("p99 of a PUBACK: %d us without, %d us with %d Errors%n", before, with, errors);

            fleet.drain();
            assertThat(errors).isGreaterThan(100);
            assertThat(with).isLessThan(FACTOR * before);
        } finally {
            Files.delete(deploy("h.jar"));
            Files.delete(deploy("i.jar"));
            awaitNothingListed();
        }
    }

    private void awaitActive(String... names) {
        for (String name : names) {
            Patience.until(
                    name + " to be active",
                    LIMIT,
                    () -> list().matches("(?s).*hanging\\." + name + "\t[^\n]*\tactive\t.*"));
        }
    }

    /** A publish hook that is made when its configuration comes. */
    private static ExtensionJar configured(String name, Class<?> type) throws IOException {
        String component =
                COMPONENT.formatted(type.getName(), "<provide interface=\"io.marquetry.api.hook.PublishHook\"/>");
        return bundle(name)
                .header("Service-Component", "OSGI-INF/component.xml")
                .add(
                        "OSGI-INF/component.xml",
                        component
                                .replace(
                                        "name=\"" + type.getName() + "\">",
                                        "name=\"" + type.getName() + "\" configuration-policy=\"require\""
                                                + " configuration-pid=\"" + name + "\">")
                                .replace("<property name=\"mark\" value=\"mark\"/>", ""))
                .add(type);
    }

    /** As of {@link #configured}, of a component that is made although nobody asks for it. */
    private static String withoutService(String name, Class<?> type) {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="%1$s"
                    configuration-policy="require" configuration-pid="%2$s">
                  <implementation class="%1$s"/>
                </scr:component>
                """.formatted(type.getName(), name);
    }

    private Probe publish(String id, String topic) {
        Probe probe = client(Version.V5, id);
        probe.send(Packets.publish(topic, "x").qos(1).id(1));
        return probe;
    }

    private void awaitNothingListed() {
        Patience.until("no extension that hangs to be listed", LIMIT, () -> !list().contains("hanging"));
        // It is not listed from when it begins to leave; the door is open once all have left.
        Patience.until("the door to be open", LIMIT, () -> {
            try (Probe probe = Probe.open(broker().port(), Version.V5)) {
                probe.send(Packets.connect("door"));
                return probe.await(Connack.class).code() == 0;
            }
        });
    }

    private String list() {
        return new OperatorShell(broker().process().base())
                .run("mqtt:extension-list", "--no-format")
                .out();
    }

    private Path deploy(String name) {
        return broker().process().base().resolve("deploy").resolve(name);
    }

    private static ExtensionJar bundle(String name) throws IOException {
        return ExtensionJar.bundle(name)
                .header(
                        "Import-Package",
                        "io.marquetry.api.auth,io.marquetry.api.extension,io.marquetry.api.hook,"
                                + "io.marquetry.api.client,io.marquetry.api.mqtt,org.osgi.framework");
    }

    private static ExtensionJar component(String name, Class<?> type, String... services) throws IOException {
        StringBuilder provided = new StringBuilder();
        for (String service : services) {
            provided.append("<provide interface=\"io.marquetry.api.")
                    .append(service)
                    .append("\"/>");
        }
        return bundle(name)
                .header("Service-Component", "OSGI-INF/component.xml")
                .add("OSGI-INF/component.xml", COMPONENT.formatted(type.getName(), provided))
                .add(type);
    }
}
