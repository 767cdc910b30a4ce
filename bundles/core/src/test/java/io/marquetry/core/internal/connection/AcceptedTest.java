// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.config.Rate;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import io.marquetry.core.internal.testing.TestRights;
import io.marquetry.core.port.CertificateField;
import io.marquetry.core.port.Terms;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an authenticator says of a client that it lets in. */
class AcceptedTest extends BrokerTest {
    private final List<ClientInfo> seen = new ArrayList<>();

    @Test
    void givenSuperuser_whenItActs_thenNobodyIsAsked() {
        TestBroker broker = start();
        TestRights rights = TestRights.in(broker).decide("a", Decision.DENY);
        accept(broker, new AuthResult.Accepted(true, Map.of(), List.of(), 0));
        TestClient client = broker.connection(V5).connect("c").subscribe("a", 0);

        client.publish("a", "1", 0, 0).publish("a", "2", 0, 0);

        assertThat(client.messages()).containsExactly("1", "2");
        assertThat(rights.asked).isEmpty();
        assertThat(broker.count("authorization.superuser")).isEqualTo(3);
        assertThat(info(broker).superuser()).isTrue();
    }

    @Test
    void givenRulesOfItsOwn_whenItActs_thenTheyComeFirstAndSilenceDenies() {
        TestBroker broker = start("noMatch=allow");
        accept(
                broker,
                new AuthResult.Accepted(
                        false,
                        Map.of(),
                        List.of(
                                new AccessRule(Decision.DENY, AccessRule.Scope.PUBLISH, "a/secret"),
                                new AccessRule(Decision.ALLOW, AccessRule.Scope.PUBLISH, "a/#")),
                        0));
        TestClient client = broker.connection(V5).connect("c");

        client.publish("a/1", "", 1, 1).publish("a/secret", "", 1, 2).publish("b", "", 1, 3);

        assertThat(client.story())
                .containsExactly(
                        "PUBACK 1 NO_MATCHING_SUBSCRIBERS", "PUBACK 2 NOT_AUTHORIZED", "PUBACK 3 NOT_AUTHORIZED");
    }

    @Test
    void givenRulesOfItsOwnThatAreSilent_whenAnAuthorizerAllows_thenItMay() {
        TestBroker broker = start();
        TestRights rights = TestRights.in(broker).decide("a", Decision.DENY);
        accept(
                broker,
                new AuthResult.Accepted(
                        false, Map.of(), List.of(new AccessRule(Decision.ALLOW, AccessRule.Scope.PUBLISH, "a")), 0));
        TestClient client = broker.connection(V5).connect("c");

        client.publish("a", "", 1, 1).publish("b", "", 1, 2);

        assertThat(client.story())
                .containsExactly("PUBACK 1 NO_MATCHING_SUBSCRIBERS", "PUBACK 2 NO_MATCHING_SUBSCRIBERS");
        assertThat(rights.asked).containsExactly("c pub b");
    }

    @Test
    void givenRulesOfItsOwn_whenItsWillIsPublished_thenTheyDecide() {
        TestBroker broker = start();
        TestClient watcher = broker.connection(V5).connect("w").subscribe("#", 0);
        accept(
                broker,
                new AuthResult.Accepted(
                        false, Map.of(), List.of(new AccessRule(Decision.ALLOW, AccessRule.Scope.ALL, "mine")), 0));
        TestClient good = broker.connection(V5)
                .connect(ConnectRequest.v5("good")
                        .will("mine", "good", 0, false, 0)
                        .build());
        TestClient bad = broker.connection(V5)
                .connect(ConnectRequest.v5("bad")
                        .will("yours", "bad", 0, false, 0)
                        .build());

        bad.hangUp();
        good.hangUp();

        assertThat(watcher.messages()).containsExactly("good");
        assertThat(broker.fate("refused.not_authorized")).isOne();
    }

    @Test
    void givenEnd_whenItComes_thenTheConnectionEndsWith0x87() {
        TestBroker broker = start();
        accept(broker, new AuthResult.Accepted(false, Map.of(), List.of(), now(broker) + 90_000));
        TestClient v5 = broker.connection(V5).connect("v5");
        TestClient v3 = broker.connection(V3).connect("v3");
        broker.advance(89_000);
        assertThat(v5.isClosed()).isFalse();

        broker.advance(1_200);

        assertThat(v5.story()).containsExactly("DISCONNECT NOT_AUTHORIZED");
        assertThat(v5.isClosed()).isTrue();
        assertThat(v3.isClosed()).isTrue();
        assertThat(broker.endings()).containsEntry("not_authorized", 2L);
    }

    @Test
    void givenEndThatIsPast_whenClientConnects_thenItIsRefused() {
        TestBroker broker = start();
        accept(broker, new AuthResult.Accepted(false, Map.of(), List.of(), now(broker)));

        Packet.ConnAck answer =
                broker.connection(V5).tryConnect(ConnectRequest.v5("c").build());

        assertThat(answer.reason()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void givenMountpointOfAnAttribute_whenClientIsAccepted_thenEveryTopicHasIt() {
        TestBroker broker = start("responseInformation=replies/${client_attrs.tenant}/${clientid}");
        TestClient watcher = broker.connection(V5).connect("w").subscribe("t/acme/#", 0);
        broker.entrance().mountpoint("t/${client_attrs.tenant}/");
        accept(broker, new AuthResult.Accepted(false, Map.of("tenant", "acme"), List.of(), 0));
        TestClient client = broker.connection(V5);
        Packet.ConnAck answer = client.tryConnect(ConnectRequest.v5("c")
                .with(Property.REQUEST_RESPONSE_INFORMATION, 1)
                .will("will", "w", 0, false, 0)
                .build());
        client.subscribe("a", 0);

        client.publish("a", "1", 0, 0);
        List<String> received = client.story();
        client.hangUp();

        assertThat(answer.properties().text(Property.RESPONSE_INFORMATION)).isEqualTo("replies/acme/c");
        assertThat(received).containsExactly("PUBLISH q0 a 1");
        assertThat(watcher.story()).containsExactly("PUBLISH q0 t/acme/a 1", "PUBLISH q0 t/acme/will w");
        assertThat(seen.get(0).mountpoint()).as("what the authenticator sees").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "+", "#", "missing"})
    void givenAttributeThatDoesNotFit_whenItStandsInTheMountpoint_thenTheClientIsRefused(String value) {
        TestBroker broker = start();
        broker.entrance().mountpoint("t/${client_attrs.tenant}/");
        Map<String, String> attributes = value.equals("missing") ? Map.of() : Map.of("tenant", value);
        accept(broker, new AuthResult.Accepted(false, attributes, List.of(), 0));

        Packet.ConnAck answer =
                broker.connection(V5).tryConnect(ConnectRequest.v5("c").build());

        assertThat(answer.reason()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        assertThat(answer.properties().text(Property.REASON_STRING))
                .contains("expected a ${client_attrs.tenant} without + # /", "the mountpoint of tcp:default");
    }

    @Test
    void givenWillThatIsTooDeepWithItsMountpoint_whenThatIsKnownLater_thenTheClientIsRefused() {
        TestBroker broker = start("maxTopicLevels=3");
        broker.entrance().mountpoint("t/${client_attrs.tenant}/");
        accept(broker, new AuthResult.Accepted(false, Map.of("tenant", "acme"), List.of(), 0));

        Packet.ConnAck answer = broker.connection(V5)
                .tryConnect(ConnectRequest.v5("c").will("a/b", "", 0, false, 0).build());

        assertThat(answer.reason()).isEqualTo(ReasonCode.TOPIC_NAME_INVALID);
    }

    // --- the authenticators of a listener ---

    @Test
    void givenListenerThatNamesAuthenticators_whenClientConnects_thenOnlyTheyAreAsked() {
        TestBroker broker = start();
        add(broker, "auth.no", 10, new AuthResult.Rejected(ReasonCode.BANNED));
        add(broker, "auth.yes", 0, AuthResult.ACCEPTED);
        terms(broker, "auth.yes");

        ReasonCode answer =
                broker.connection(V5).tryConnect(ConnectRequest.v5("c").build()).reason();

        assertThat(answer).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void givenListenerThatNamesNobody_whenClientConnects_thenItIsInWithoutCredentials() {
        TestBroker broker = start();
        add(broker, "auth.no", 0, new AuthResult.Rejected(ReasonCode.BANNED));
        terms(broker, "none");

        ReasonCode answer = broker.connection(V5)
                .tryConnect(ConnectRequest.v5("c").user("u", "p").build())
                .reason();

        assertThat(answer).isEqualTo(ReasonCode.SUCCESS);
        assertThat(broker.count("client.auth.anonymous")).isOne();
    }

    @Test
    void givenListenerThatNamesWhoIsNotThere_whenClientConnects_thenItIsRefusedUntilHeIs() {
        TestBroker broker = start();
        terms(broker, "auth.late");
        ReasonCode before =
                broker.connection(V5).tryConnect(ConnectRequest.v5("c").build()).reason();

        add(broker, "auth.late", 0, AuthResult.ACCEPTED);

        assertThat(before).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        assertThat(broker.connection(V5)
                        .tryConnect(ConnectRequest.v5("c").build())
                        .reason())
                .isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void givenListenerThatOthersReach_whenTheLastAuthenticatorIsGone_thenNobodyIsLetIn() {
        TestBroker broker = start();
        broker.entrance().open();
        Authenticator authenticator = credentials -> CompletableFuture.completedFuture(AuthResult.ACCEPTED);
        broker.hooks().authenticators().add(authenticator, new Origin("test", 0, 0));
        assertThat(answer(broker, "a")).isEqualTo(ReasonCode.SUCCESS);

        broker.hooks().authenticators().remove(authenticator);

        assertThat(answer(broker, "b")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        terms(broker, "none");
        assertThat(answer(broker, "c")).isEqualTo(ReasonCode.SUCCESS);
    }

    private static ReasonCode answer(TestBroker broker, String clientId) {
        return broker.connection(V5)
                .tryConnect(ConnectRequest.v5(clientId).build())
                .reason();
    }

    private static void terms(TestBroker broker, String... authenticators) {
        broker.entrance()
                .terms(new Terms(
                        "",
                        2,
                        CertificateField.NONE,
                        CertificateField.NONE,
                        List.of(authenticators),
                        Rate.NONE,
                        Rate.NONE,
                        Rate.NONE,
                        Rate.NONE));
    }

    private static long now(TestBroker broker) {
        return 1_700_000_000_000L + broker.loops().now();
    }

    private void accept(TestBroker broker, AuthResult result) {
        add(broker, "test.authenticator", 0, result);
    }

    private void add(TestBroker broker, String name, int ranking, AuthResult result) {
        broker.hooks()
                .authenticators()
                .add(
                        credentials -> {
                            seen.add(credentials.client());
                            return CompletableFuture.completedFuture(result);
                        },
                        new Origin("test", name, ranking, ranking));
    }

    private static ClientInfo info(TestBroker broker) {
        var details = broker.broker().clients().find("c").toCompletableFuture();
        broker.settle();
        ClientInfo connection = details.join().orElseThrow().connection();
        if (connection == null) {
            throw new AssertionError("expected a client that is connected");
        }
        return connection;
    }
}
