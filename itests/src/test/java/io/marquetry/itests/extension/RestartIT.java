// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The folder is the truth, also after a restart. */
@OnlyMarquetry
class RestartIT {
    private static final int IDENTIFIER_NOT_VALID = 0x85;
    private static final int NOT_AUTHORIZED = 0x87;

    @Test
    void givenExtensionsInTheFolder_whenRestarted_thenTheyCountFromTheFirstClientOn() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(BrokerSettings.defaults())) {
            Path deploy = broker.base().resolve("deploy");
            int mark = broker.log().mark();
            for (String name : new String[] {"marquetry-example-publish-hook", "marquetry-example-connect-hook"}) {
                Files.copy(ExtensionJar.file(name), deploy.resolve(name + ".jar"));
            }
            broker.log().await(mark, "publish hook of io.marquetry.example.publish.hook is in force");
            broker.log().await(mark, "connect hook of io.marquetry.example.connect.hook is in force");
            assertRefused(broker);

            broker.stop();
            broker.restart();

            assertRefused(broker);
            assertInForceBeforeListening(broker);
            broker.log().await(0, "connected client=guest-1");
            broker.log().await(0, "disconnected client=guest-1 reason=normal");

            Files.delete(deploy.resolve("marquetry-example-connect-hook.jar"));
            broker.log().await(0, "connect hook of io.marquetry.example.connect.hook is gone");
            assertThat(connect(broker, "banned-1").code()).isZero();

            broker.stop();
            Files.write(deploy.resolve("torn.jar"), new byte[] {'P', 'K', 3, 4});
            broker.restart();

            broker.log().await(0, "WARN.*torn\\.jar is not installed");
            assertThat(connect(broker, "banned-1").code()).isZero();
            assertThat(publishForbidden(broker)).isEqualTo(NOT_AUTHORIZED);
            Accounting.assertBalanced(broker.port(), Accounting.Surplus.NONE);
        }
    }

    private static void assertRefused(BrokerProcess broker) {
        assertThat(connect(broker, "banned-1").code()).isEqualTo(IDENTIFIER_NOT_VALID);
        assertThat(publishForbidden(broker)).isEqualTo(NOT_AUTHORIZED);
    }

    /** A hook that refuses must not be a second late. */
    private static void assertInForceBeforeListening(BrokerProcess broker) {
        assertThat(String.join("\n", broker.log().since(0)))
                .containsSubsequence("publish hook of", "listener tcp:default is listening")
                .containsSubsequence("connect hook of", "listener tcp:default is listening");
    }

    private static Connack connect(BrokerProcess broker, String clientId) {
        try (Probe probe = broker.open(Version.V5)) {
            return probe.connect(Packets.connect(clientId));
        }
    }

    private static int publishForbidden(BrokerProcess broker) {
        try (Probe probe = broker.open(Version.V5)) {
            probe.connectOk(Packets.connect("guest-1"));
            probe.send(Packets.publish("forbidden/door", "open").qos(1).id(1));
            int code = probe.expect(Puback.class).code();
            probe.disconnect();
            return code;
        }
    }
}
