// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AclFileTest {
    private static final ClientInfo CLIENT =
            new ClientInfo("c", null, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");

    @TempDir
    Path directory;

    private Path path;
    private int changes;

    @BeforeEach
    void name() {
        path = directory.resolve("conf").resolve("acl.conf");
    }

    private void write(String text) throws IOException {
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private AclFile file() {
        AclFile file = new AclFile(path, () -> changes++);
        file.read();
        return file;
    }

    private static Decision decide(AclFile file) {
        return file.rules().decide(CLIENT, new Action.Publish(QoS.AT_MOST_ONCE, false), "t");
    }

    @Test
    void givenNoFile_whenStarted_thenTheRulesOfTheJarAreWritten() {
        AclFile file = file();

        assertThat(path).content().contains("%% WHO", "{deny, all, subscribe");
        assertThat(decide(file)).isEqualTo(Decision.ABSTAIN);
    }

    @Test
    void givenFile_whenStarted_thenItIsLeftAsItIs() throws IOException {
        write("{allow, all}.");

        AclFile file = file();

        assertThat(path).hasContent("{allow, all}.");
        assertThat(decide(file)).isEqualTo(new Decision.Allow("acl.conf:1 {allow, all}."));
    }

    @Test
    void givenEdit_whenRead_thenItIsInForceAndSaid() throws IOException {
        write("{allow, all}.");
        AclFile file = file();
        int before = changes;

        write("{deny, all}.");
        file.read();

        assertThat(changes).isEqualTo(before + 1);
        assertThat(decide(file)).isInstanceOf(Decision.Deny.class);
    }

    @Test
    void givenBrokenEdit_whenRead_thenTheRulesOfBeforeStayAndTheRepairIsTaken() throws IOException {
        write("{allow, all}.");
        AclFile file = file();

        write("{deny, al");
        file.read();
        assertThat(decide(file)).isInstanceOf(Decision.Allow.class);

        write("{deny, all}.");
        file.read();
        assertThat(decide(file)).isInstanceOf(Decision.Deny.class);
    }

    @Test
    void givenFileThatGoes_whenRead_thenTheRulesOfBeforeStay() throws IOException {
        write("{allow, all}.");
        AclFile file = file();

        Files.delete(path);
        file.read();

        assertThat(decide(file)).isInstanceOf(Decision.Allow.class);
    }

    @Test
    void givenBrokenFileAtTheStart_whenAsked_thenEverythingIsDeniedUntilItIsRepaired() throws IOException {
        write("{allow, all}");
        AclFile file = file();
        assertThat(decide(file))
                .isEqualTo(new Decision.Deny("acl.conf cannot be used, everything is denied until it is repaired"));

        write("{allow, all}.");
        file.read();

        assertThat(decide(file)).isInstanceOf(Decision.Allow.class);
    }

    @Test
    void givenBytesThatAreNoText_whenStarted_thenEverythingIsDenied() throws IOException {
        Files.createDirectories(path.getParent());
        Files.write(path, new byte[] {'%', '\n', (byte) 0xff, (byte) 0xfe});

        assertThat(decide(file())).isInstanceOf(Decision.Deny.class);
    }
}
