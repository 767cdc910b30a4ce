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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Installing, updating, configuring and removing an extension while a thousand clients exchange messages: nobody is
 * disconnected, nothing is lost, repeated or out of order, and the broker's own bundles are not touched.
 */
@StartedWith
class HotDeployIT extends BrokerTest {
    private static final String HOOK = "io.marquetry.example.publish.hook";
    private static final int CLIENTS = 1000;
    private static final Duration PERIOD = Duration.ofMillis(500);
    private static final int NOT_AUTHORIZED = 0x87;
    private static final int NO_MATCHING_SUBSCRIBERS = 0x10;

    @Test
    void givenThousandClients_whenHookComesChangesAndGoes_thenOnlyTheirMessagesShowIt() throws Exception {
        BrokerProcess process = broker().process();
        Path jar = process.base().resolve("deploy").resolve("marquetry-example-publish-hook.jar");
        Witness witness = Witness.begin(process);
        Probe probe = client(Version.V5, "probe");
        try (Fleet fleet = Fleet.start(broker().port(), CLIENTS, PERIOD)) {
            assertThat(publishForbidden(probe)).isEqualTo(NO_MATCHING_SUBSCRIBERS);

            Files.copy(ExtensionJar.file("marquetry-example-publish-hook"), jar);
            fleet.awaitMark("marking-hook");
            assertThat(publishForbidden(probe)).isEqualTo(NOT_AUTHORIZED);

            ExtensionJar.travelling("marquetry-example-publish-hook")
                    .header("Bundle-Version", "99.0.0")
                    .replace("MarkingHook.xml", "\"marking-hook\"", "\"second\"")
                    .writeTo(jar);
            fleet.awaitMark("second");
            assertThat(publishForbidden(probe)).isEqualTo(NOT_AUTHORIZED);

            process.conf(HOOK).set("markValue", "third");
            fleet.awaitMark("third");

            Files.delete(jar);
            fleet.awaitMark("");
            assertThat(publishForbidden(probe)).isEqualTo(NO_MATCHING_SUBSCRIBERS);

            fleet.drain();
            // The place of the hook is held while it is replaced: no message passes it by.
            assertThat(fleet.streams().map(FleetStream::marks).distinct()).allMatch(HotDeployIT::isInOrder);
            assertThat(fleet.received()).isGreaterThan(2L * 5 * CLIENTS);
        }
        witness.endAndAssertOnlyTouched(HOOK);
    }

    private int publishForbidden(Probe probe) {
        probe.send(Packets.publish("forbidden/" + topic("door"), "open").qos(1).id(1));
        return probe.expect(Puback.class).code();
    }

    private static boolean isInOrder(List<String> marks) {
        return String.join(">", marks).matches(">marking-hook>second>third>");
    }
}
