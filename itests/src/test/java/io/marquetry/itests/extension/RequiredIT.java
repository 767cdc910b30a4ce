// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.admin.OperatorShell;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Losing an extension that decides who may connect closes the door, at the start and later. */
@OnlyMarquetry
class RequiredIT {
    private static final String NAME = "io.marquetry.itests.required";
    private static final int SERVER_UNAVAILABLE = 0x88;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String COMPONENT = """
            <?xml version="1.0" encoding="UTF-8"?>
            <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="%1$s"
                configuration-policy="require" configuration-pid="io.marquetry.itests.required">
              <service><provide interface="io.marquetry.api.auth.Authenticator"/></service>
              <implementation class="%1$s"/>
            </scr:component>
            """;

    @Test
    void givenAuthenticator_whenItIsLostAndComesBack_thenTheDoorFollowsAndConnectedClientsStay() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(BrokerSettings.defaults())) {
            broker.log().allow("nobody new is let in, required extensions are not active");
            int mark = broker.log().mark();
            Path jar = broker.base().resolve("deploy/required.jar");
            authenticator("1.0.0").writeTo(jar);
            broker.log().await(mark, "required from now on, as Authenticator");
            Path conf = broker.base().resolve("conf").resolve(NAME + ".cfg");
            assertThat(conf).exists();
            // File Install, which reads conf/ once a second, has seen the file when it reads a change of it.
            int seen = broker.log().mark();
            Files.writeString(conf, "seen = true\n");
            broker.log().await(seen, "authenticator of " + NAME + " is in force");

            try (Probe connected = broker.open(Version.V5)) {
                connected.connectOk(Packets.connect("stays"));
                Files.delete(conf);
                broker.log().await(mark, "nobody new is let in.*" + NAME + ".*waits for its configuration", LIMIT);

                assertThat(connect(broker)).isEqualTo(SERVER_UNAVAILABLE);
                connected.send(Packets.publish("a", "b").qos(1).id(1));
                connected.expect(Puback.class);
                Files.writeString(conf, "again = true\n");
                broker.log().await(mark, "every required extension is active again", LIMIT);
                assertThat(connect(broker)).isZero();
                connected.ping();
            }

            Files.delete(jar);
            broker.log().await(mark, "the extension " + NAME + " is removed");
            assertThat(connect(broker)).isZero();
        }
    }

    @Test
    void givenJarThatFails_whenRestarted_thenTheLastGoodOneRunsAgain() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(BrokerSettings.defaults())) {
            int mark = broker.log().mark();
            Path jar = broker.base().resolve("deploy/required.jar");
            authenticator("1.0.0").writeTo(jar);
            broker.log().await(mark, NAME + " 1\\.0\\.0 is active");
            authenticator("2.0.0").header("Import-Package", "com.example.gone").writeTo(jar);
            broker.log().await(mark, "required\\.jar is not installed");

            broker.stop();
            broker.restart();

            OperatorShell.Answer why = new OperatorShell(broker.base()).run("mqtt:extension-why", NAME);
            assertThat(why.out()).contains("1.0.0 is ROLLED_BACK").contains("com.example.gone");
            assertThat(connect(broker)).isZero();
            authenticator("3.0.0").writeTo(jar);
            broker.log().await(0, NAME + " 3\\.0\\.0 is active");
        }
    }

    @Test
    void givenRequiredExtensionThatIsNotThere_whenStarted_thenListenersWaitUntilItIsReleased() throws Exception {
        BrokerSettings settings =
                BrokerSettings.defaults().env("MARQUETRY_MQTT__REQUIRED_EXTENSIONS", "example.nobody");
        try (BrokerProcess broker = BrokerProcess.launch(settings)) {
            broker.log().allow("listeners stay closed");
            broker.log().await(0, "listeners stay closed, .*example\\.nobody \\(no jar of that name", LIMIT);
            assertThat(broker.log().contains(0, "is listening")).isFalse();

            OperatorShell shell = new OperatorShell(broker.base());
            Patience.until(
                    "release",
                    LIMIT,
                    () -> shell.run("mqtt:extension-release", "example.nobody").exitCode() == 0);

            broker.awaitReady();
        }
    }

    private static int connect(BrokerProcess broker) {
        try (Probe probe = broker.open(Version.V5)) {
            return probe.connect(Packets.connect("comes")).code();
        }
    }

    private static ExtensionJar authenticator(String version) throws IOException {
        return ExtensionJar.bundle(NAME)
                .header("Bundle-Version", version)
                .header("Service-Component", "OSGI-INF/component.xml")
                .header("Import-Package", "io.marquetry.api.auth,io.marquetry.api.client")
                .add("OSGI-INF/component.xml", COMPONENT.formatted(AcceptingAuthenticator.class.getName()))
                .add("OSGI-INF/marquetry/" + NAME + ".cfg", "# nothing to set\n")
                .add(AcceptingAuthenticator.class);
    }
}
