// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.StartedWith;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An authenticator, an authorizer and a publish hook are swapped together, over and over, while five thousand clients
 * exchange ten thousand messages a second: nobody is disconnected, nothing is lost, repeated or out of order, nothing
 * passes a place in a chain while it is held, and the broker's own bundles are not touched.
 */
@StartedWith(env = "MARQUETRY_JAVA_OPTS=-ea") // without the search for leaks, which takes most of the time
class SwapIT extends BrokerTest {
    private static final int CLIENTS = 5000;
    /** Of two messages each. */
    private static final Duration PERIOD = Duration.ofMillis(850);

    private static final int BY_INSTALLER = 200;
    private static final int BY_FOLDER = 20;

    private static final String AUTHENTICATOR = "io.marquetry.itests.swap.authenticator";
    private static final String AUTHORIZER = "io.marquetry.itests.swap.authorizer";
    private static final String HOOK = "io.marquetry.itests.swap.hook";

    private static final String COMPONENT = """
            <?xml version="1.0" encoding="UTF-8"?>
            <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="%1$s">
              <service><provide interface="%2$s"/></service>
              <implementation class="%1$s"/>
            </scr:component>
            """;

    @Test
    void givenFiveThousandClients_whenExtensionsAreSwapped_thenNobodyNotices(@TempDir Path jars) throws Exception {
        BrokerProcess process = broker().process();
        Path deploy = process.base().resolve("deploy");
        Witness witness = Witness.begin(process);
        try (Fleet fleet = Fleet.start(broker().port(), CLIENTS, PERIOD)) {
            write(deploy, 1);
            fleet.awaitMark("1");
            long from = fleet.received();
            long began = System.nanoTime();

            try (Visitors visitors = new Visitors(broker().port());
                    SwapShell shell = new SwapShell(process)) {
                for (int version = 2; version <= 1 + BY_INSTALLER; version++) {
                    write(jars, version);
                    for (String name : List.of(AUTHENTICATOR, AUTHORIZER, HOOK)) {
                        shell.update(name, jars.resolve(name + ".jar"));
                    }
                }
                long swapped = System.nanoTime();
                fleet.awaitMark(Integer.toString(1 + BY_INSTALLER));
                System.out.printf(
                        "%d swaps of three extensions by the installer in %.1f s%n",
                        BY_INSTALLER, (swapped - began) / 1e9);

                for (int version = 2 + BY_INSTALLER; version <= 1 + BY_INSTALLER + BY_FOLDER; version++) {
                    write(deploy, version);
                    fleet.awaitMark(Integer.toString(version));
                }

                assertThat(visitors.problems()).isEmpty();
                assertThat(visitors.rounds()).isGreaterThan(BY_FOLDER);
            }
            double seconds = (System.nanoTime() - began) / 1e9;
            long received = fleet.received() - from;

            fleet.drain();
            // Five say enough: where one message passed a place, ten thousand did.
            assertThat(fleet.streams()
                            .map(FleetStream::marks)
                            .filter(marks -> !neverWithoutHook(marks))
                            .limit(5))
                    .as("marks of streams with messages that no hook saw, or an old one")
                    .isEmpty();
            System.out.printf("%.0f messages a second for %.0f s%n", received / seconds, seconds);
            // The rate at which they are published, less what a busy machine needs for other things.
            assertThat(received).isGreaterThan((long) (seconds * CLIENTS));
        }
        Accounting.assertBalanced(broker().port());
        witness.endAndAssertOnlyTouched(AUTHENTICATOR, AUTHORIZER, HOOK);
    }

    private static void write(Path folder, int version) throws IOException {
        jar(AUTHENTICATOR, version, "io.marquetry.api.auth.Authenticator", SwapAuthenticator.class, folder);
        jar(AUTHORIZER, version, "io.marquetry.api.auth.Authorizer", SwapAuthorizer.class, folder);
        jar(HOOK, version, "io.marquetry.api.hook.PublishHook", SwapHook.class, folder);
    }

    private static void jar(String name, int version, String service, Class<?> type, Path folder) throws IOException {
        Path file = folder.resolve(name + ".jar");
        Files.createDirectories(folder);
        ExtensionJar.bundle(name)
                .header("Bundle-Version", "1.0." + version)
                .header("Service-Component", "OSGI-INF/component.xml")
                .header(
                        "Import-Package",
                        "io.marquetry.api.auth,io.marquetry.api.hook,io.marquetry.api.client,io.marquetry.api.mqtt,"
                                + "org.osgi.framework")
                .add("OSGI-INF/component.xml", COMPONENT.formatted(type.getName(), service))
                .add(type)
                .writeTo(file);
    }

    /** From the first mark on, every message has one, and none comes back. */
    private static boolean neverWithoutHook(List<String> marks) {
        int last = 0;
        for (String mark : marks.subList(marks.get(0).isEmpty() ? 1 : 0, marks.size())) {
            if (mark.isEmpty() || Integer.parseInt(mark) <= last) {
                return false;
            }
            last = Integer.parseInt(mark);
        }
        return true;
    }
}
