// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.admin.Ban;
import io.marquetry.api.admin.Ban.Kind;
import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.core.internal.config.FlappingSettings;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class BannedTest extends BrokerTest {
    private static void ban(TestBroker broker, Kind as, String who) {
        broker.broker().bans().add(new Ban(as, who, "test", "", 0, Long.MAX_VALUE));
        broker.settle();
    }

    private static ReasonCode answer(TestBroker broker, Packet.Connect connect) {
        return broker.connection(connect.version()).tryConnect(connect).reason();
    }

    @Test
    void givenBan_whenTheClientConnects_thenItIsRefusedBeforeAnyoneIsAsked() {
        TestBroker broker = startOn(2);
        List<String> asked = new ArrayList<>();
        Authenticator authenticator = credentials -> {
            asked.add(credentials.client().clientId());
            return CompletableFuture.completedFuture(AuthResult.ACCEPTED);
        };
        broker.hooks().authenticators().add(authenticator, new Origin("test", 0, 0));
        ban(broker, Kind.CLIENTID, "bad");
        ban(broker, Kind.USERNAME, "eve");

        assertThat(answer(broker, ConnectRequest.v5("bad").build())).isEqualTo(ReasonCode.BANNED);
        assertThat(answer(broker, ConnectRequest.v5("x").user("eve", "p").build()))
                .isEqualTo(ReasonCode.BANNED);
        assertThat(asked).isEmpty();
        assertThat(answer(broker, ConnectRequest.v5("good").build())).isEqualTo(ReasonCode.SUCCESS);
        assertThat(broker.broker().listeners().of("tcp:default").shutdownCount())
                .containsEntry("banned", 2L);
    }

    @Test
    void givenConnectedClients_whenBanned_thenThoseEndAndAreToldAndTheOthersStay() {
        TestBroker broker = startOn(2);
        TestClient exact = broker.connection(V5).connect("exact");
        TestClient old = broker.connection(V3).connect("dev-1");
        TestClient likely = broker.connection(V5).connect("dev-2");
        TestClient other = broker.connection(V5).connect("other");

        ban(broker, Kind.CLIENTID, "exact");
        ban(broker, Kind.CLIENTID_RE, "^dev-[0-9]$");

        assertThat(exact.take(Packet.Disconnect.class).reason()).isEqualTo(ReasonCode.ADMINISTRATIVE_ACTION);
        assertThat(likely.take(Packet.Disconnect.class).reason()).isEqualTo(ReasonCode.ADMINISTRATIVE_ACTION);
        assertThat(exact.isClosed()).isTrue();
        assertThat(old.isClosed()).isTrue();
        assertThat(other.isClosed()).isFalse();
        assertThat(broker.broker().listeners().of("tcp:default").shutdownCount())
                .containsEntry("banned", 3L)
                .doesNotContainKey("kicked");
    }

    @Test
    void givenClientThatIsBeingAuthenticated_whenBannedMeanwhile_thenItIsRefused() {
        TestBroker broker = start();
        CompletableFuture<AuthResult> later = new CompletableFuture<>();
        Authenticator authenticator = credentials -> later;
        broker.hooks().authenticators().add(authenticator, new Origin("test", 0, 0));
        TestClient client = broker.connection(V5);
        client.send(ConnectRequest.v5("c").build());
        broker.settle();

        ban(broker, Kind.CLIENTID, "c");
        later.complete(AuthResult.ACCEPTED);
        broker.settle();

        assertThat(client.take(Packet.ConnAck.class).reason()).isEqualTo(ReasonCode.BANNED);
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void givenFlappingDetection_whenAClientComesAndGoesTooOften_thenItIsBannedForAWhile() {
        TestBroker broker = startOn(2);
        broker.broker().settings(new FlappingSettings(true, 3, 60, 300));

        comeAndGo(broker, "flaps", 2);
        broker.advance(60_000);
        comeAndGo(broker, "flaps", 2);
        assertThat(answer(broker, ConnectRequest.v5("flaps").build())).isEqualTo(ReasonCode.SUCCESS);
        comeAndGo(broker, "flaps", 1);

        assertThat(answer(broker, ConnectRequest.v5("flaps").build())).isEqualTo(ReasonCode.BANNED);
        assertThat(broker.broker().bans().list())
                .singleElement()
                .satisfies(ban -> assertThat(ban.by()).isEqualTo("flapping detector"))
                .satisfies(ban -> assertThat(ban.reason()).isEqualTo("3 disconnects within 60 s"));
        broker.advance(300_000);
        assertThat(answer(broker, ConnectRequest.v5("flaps").build())).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void givenNoFlappingDetection_whenAClientComesAndGoes_thenNobodyCounts() {
        TestBroker broker = start();

        comeAndGo(broker, "flaps", 50);

        assertThat(answer(broker, ConnectRequest.v5("flaps").build())).isEqualTo(ReasonCode.SUCCESS);
    }

    private static void comeAndGo(TestBroker broker, String id, int times) {
        for (int i = 0; i < times; i++) {
            broker.connection(V3).connect(id).hangUp();
            broker.settle();
        }
    }
}
