// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.admin.OperatorShell;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.StartedWith;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * A gateway that comes while the broker runs and goes again: its devices are clients like all others, and nobody but
 * them notices.
 */
@StartedWith
class LineGatewayIT extends BrokerTest {
    private static final String GATEWAY = "io.marquetry.example.line.gateway";

    @Test
    void givenGatewayInDeploy_whenItComesAndGoes_thenItsDevicesAreClientsAndMqttIsNotTouched() throws Exception {
        BrokerProcess process = broker().process();
        Path jar = process.base().resolve("deploy").resolve("marquetry-example-line-gateway.jar");
        int port = BrokerProcess.freePort();
        Probe mqtt = client(Version.V5, "mqtt");
        mqtt.subscribe(topic("up"), 1);

        process.conf(GATEWAY).set("bind", "127.0.0.1:" + port);
        Files.copy(ExtensionJar.file("marquetry-example-line-gateway"), jar);
        String clientId = id("line");
        try (LineDevice device = LineDevice.connect(port, clientId);
                LineDevice kicked = LineDevice.connect(port, id("kicked"));
                LineDevice other = LineDevice.connect(port, id("other"))) {
            assertThat(device.ask("SUB " + topic("down/#"))).isEqualTo("OK");
            assertThat(device.ask("PUB " + topic("up") + " from a line")).isEqualTo("OK");
            mqtt.acknowledge(mqtt.expectPublish(topic("up"), "from a line"));
            mqtt.publish(topic("down/1"), "from mqtt", 1);
            assertThat(device.read()).isEqualTo("MSG " + topic("down/1") + " from mqtt");

            Probe thief = open(Version.V5);
            thief.connectOk(Packets.connect(clientId));
            assertThat(device.read()).isEqualTo("ERR disconnected SESSION_TAKEN_OVER");
            assertThat(device.read()).isNull();
            assertThat(new OperatorShell(process.base())
                            .run("mqtt:client-kick", id("kicked"))
                            .exitCode())
                    .isZero();
            assertThat(kicked.read()).isEqualTo("ERR disconnected ADMINISTRATIVE_ACTION");
            assertThat(other.ask("PUB " + topic("up") + " still here")).isEqualTo("OK");

            Files.delete(jar);

            Patience.until("the gateway listens no more", Duration.ofSeconds(30), () -> isShut(port));
            assertThat(other.read()).isIn(null, "ERR disconnected SERVER_SHUTTING_DOWN");
            thief.ping();
            mqtt.ping();
        }
    }

    private static boolean isShut(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return !socket.isConnected();
        } catch (IOException e) {
            return true;
        }
    }
}
