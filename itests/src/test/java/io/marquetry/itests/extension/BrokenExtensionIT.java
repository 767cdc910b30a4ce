// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.StartedWith;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Extensions that fail, while clients exchange messages: one clear line each, and nobody else notices. */
@StartedWith
class BrokenExtensionIT extends BrokerTest {
    private static final int IMPLEMENTATION_SPECIFIC_ERROR = 0x83;
    private static final String COMPONENT = """
            <?xml version="1.0" encoding="UTF-8"?>
            <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="%1$s">
              <service><provide interface="io.marquetry.api.hook.PublishHook"/></service>
              <implementation class="%1$s"/>
            </scr:component>
            """;

    private Fleet fleet;
    private Witness witness;
    private int mark;

    @BeforeEach
    void connect() throws Exception {
        witness = Witness.begin(process());
        fleet = Fleet.start(broker().port(), 50, Duration.ofMillis(100));
        mark = process().log().mark();
    }

    @AfterEach
    void disconnect() throws Exception {
        if (fleet != null) {
            fleet.close();
        }
        witness.close();
    }

    @Test
    void givenTruncatedJar_whenDroppedAndRepaired_thenALineNamesItAndThenItRuns() throws Exception {
        Path jar = deploy("truncated.jar");
        byte[] whole = Files.readAllBytes(ExtensionJar.file("marquetry-example-publish-hook"));

        Files.write(jar, Arrays.copyOf(whole, whole.length / 2));
        process().log().await(mark, "WARN.*truncated\\.jar is not installed: expected a whole jar");
        fleet.awaitTraffic(2);

        Files.write(jar, whole);
        fleet.awaitMark("marking-hook");
        Files.delete(jar);
        fleet.awaitMark("");

        assertUntouched("io.marquetry.example.publish.hook");
    }

    @Test
    void givenActivatorThatThrows_whenDropped_thenALineSaysSo() throws Exception {
        Path jar = deploy("failing-activator.jar");
        process().log().allow("FrameworkEvent ERROR");
        process().log().allow("ERROR Felix - Bundle io\\.marquetry\\.itests\\.failing\\.activator");

        ExtensionJar.bundle("io.marquetry.itests.failing.activator")
                .header("Bundle-Activator", FailingActivator.class.getName())
                .header("Import-Package", "org.osgi.framework")
                .add(FailingActivator.class)
                .writeTo(jar);
        process()
                .log()
                .await(mark, "WARN.*failing-activator\\.jar is not installed: it threw in activation: .*cannot start");
        fleet.awaitTraffic(2);
        remove(jar);

        assertUntouched("io.marquetry.itests.failing.activator");
    }

    @Test
    void givenImportThatNobodyExports_whenDropped_thenALineSaysWhatIsMissing() throws Exception {
        Path jar = deploy("wanting.jar");

        ExtensionJar.bundle("io.marquetry.itests.wanting")
                .header("Import-Package", "com.example.nobody.has.this")
                .writeTo(jar);
        process()
                .log()
                .await(
                        mark,
                        "WARN.*wanting\\.jar is not installed: it imports the package com\\.example\\.nobody\\.has\\.this");
        fleet.awaitTraffic(2);
        Files.delete(jar);

        assertUntouched("io.marquetry.itests.wanting");
    }

    @Test
    void givenComponentThatThrows_whenDropped_thenALineSaysSoAndMessagesPass() throws Exception {
        Path jar = deploy("failing-hook.jar");
        process().log().allow("FailingHook");

        component("io.marquetry.itests.failing.hook", FailingHook.class).writeTo(jar);
        process().log().await(mark, "ERROR.*FailingHook");
        fleet.awaitTraffic(2);
        remove(jar);

        assertUntouched("io.marquetry.itests.failing.hook");
    }

    @Test
    void givenHookThatThrowsForSomeMessages_whenPublished_thenOnlyTheyAreRefusedAndTheLogStaysShort() throws Exception {
        Path jar = deploy("throwing-hook.jar");
        process().log().allow("io\\.marquetry\\.itests\\.throwing\\.hook");
        Probe probe = client(Version.V5, "probe");

        component("io.marquetry.itests.throwing.hook", ThrowingHook.class).writeTo(jar);
        process().log().await(mark, "publish hook of io\\.marquetry\\.itests\\.throwing\\.hook is in force");
        long began = System.nanoTime();
        for (int i = 1; i <= 200; i++) {
            probe.send(Packets.publish("throw/me", "away").qos(1).id(i));
            assertThat(probe.expect(Puback.class).code()).isEqualTo(IMPLEMENTATION_SPECIFIC_ERROR);
        }
        long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
        process().log().await(mark, "ERROR.*io\\.marquetry\\.itests\\.throwing\\.hook");
        assertThat(process().log().since(mark))
                .filteredOn(line -> line.matches(".*ERROR.*throwing\\.hook.*"))
                .hasSizeLessThanOrEqualTo((int) seconds + 2);
        fleet.awaitTraffic(2);
        remove(jar);
        process().log().await(mark, "publish hook of io\\.marquetry\\.itests\\.throwing\\.hook is gone");

        assertUntouched("io.marquetry.itests.throwing.hook");
    }

    /** Netty imports such packages if it can have them; to give it one would mean to refresh it. */
    @Test
    void givenJarThatExportsWhatNettyWouldLike_whenItComesAndGoes_thenItIsRefusedAndNettyStaysAsItIs()
            throws Exception {
        Path jar = deploy("tempting.jar");

        ExtensionJar.bundle("io.marquetry.itests.tempting")
                .header("Export-Package", "org.conscrypt,org.bouncycastle.jce.provider,com.sun.nio.sctp")
                .add("org/conscrypt/readme.txt", "a package needs something in it")
                .writeTo(jar);
        process()
                .log()
                .await(
                        mark,
                        "WARN.*tempting\\.jar is not installed: expected a bundle that exports no package, but .*conscrypt");
        fleet.awaitTraffic(2);
        Files.delete(jar);
        fleet.awaitTraffic(2);

        assertUntouched("io.marquetry.itests.tempting");
    }

    private void assertUntouched(String extension) throws IOException {
        fleet.drain();
        witness.endAndAssertOnlyTouched(extension);
    }

    private void remove(Path jar) throws IOException {
        Files.delete(jar);
        process().log().await(mark, "witness event UNINSTALLED");
        fleet.awaitTraffic(2);
    }

    private static ExtensionJar component(String name, Class<?> type) throws IOException {
        return ExtensionJar.bundle(name)
                .header("Service-Component", "OSGI-INF/hook.xml")
                .header("Import-Package", "io.marquetry.api.hook,io.marquetry.api.client,io.marquetry.api.mqtt")
                .add("OSGI-INF/hook.xml", COMPONENT.formatted(type.getName()))
                .add(type);
    }

    private BrokerProcess process() {
        return broker().process();
    }

    private Path deploy(String name) {
        return process().base().resolve("deploy").resolve(name);
    }
}
