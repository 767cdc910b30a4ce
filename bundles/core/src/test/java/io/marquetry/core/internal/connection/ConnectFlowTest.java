// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.EnhancedAuthenticator;
import io.marquetry.api.auth.EnhancedAuthenticator.Step;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.ConnectHook;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class ConnectFlowTest extends BrokerTest {
    private static final AuthResult REJECTED = new AuthResult.Rejected(ReasonCode.BANNED);

    @Test
    void givenChain_whenTheFirstAbstains_thenTheNextDecides() {
        TestBroker broker = start();
        List<String> asked = new ArrayList<>();
        add(broker, 1, c -> {
            asked.add("low");
            return CompletableFuture.completedFuture(REJECTED);
        });
        add(broker, 2, c -> {
            asked.add("high");
            return CompletableFuture.completedFuture(AuthResult.ABSTAINED);
        });

        assertThat(answerTo(broker, "c").reason()).isEqualTo(ReasonCode.BANNED);
        assertThat(asked).containsExactly("high", "low");
    }

    @Test
    void givenAuthenticators_whenAllAbstain_thenTheClientIsRefusedUnlessWaivedByHand() {
        TestBroker broker = start();
        add(broker, 1, c -> CompletableFuture.completedFuture(AuthResult.ABSTAINED));
        assertThat(answerTo(broker, "c").reason()).isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);

        broker.reconfigure("allowAnonymous=true");

        assertThat(answerTo(broker, "c").reason()).isEqualTo(ReasonCode.SUCCESS);
        TestClient named = broker.connection(V5);
        assertThat(named.tryConnect(ConnectRequest.v5("d").user("u", "p").build())
                        .reason())
                .isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
    }

    @Test
    void givenAuthenticatorThatFails_whenAsked_thenServerUnavailableAndThePasswordIsWiped() {
        TestBroker broker = start();
        List<byte[]> passwords = new ArrayList<>();
        add(broker, 1, c -> {
            passwords.add(c.password());
            return CompletableFuture.failedFuture(new IllegalStateException("no backend"));
        });
        TestClient client = broker.connection(V5);

        Packet.ConnAck answer =
                client.tryConnect(ConnectRequest.v5("c").user("u", "secret").build());

        assertThat(answer.reason()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        assertThat(client.isClosed()).isTrue();
        assertThat(passwords.get(0)).containsOnly(0);
    }

    @Test
    void givenAuthenticatorThatThrows_whenAsked_thenServerUnavailable() {
        TestBroker broker = start();
        add(broker, 1, c -> {
            throw new NoClassDefFoundError("gone");
        });

        assertThat(answerTo(broker, "c").reason()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
    }

    @Test
    void givenAuthenticatorThatNeverAnswers_whenTheDeadlinePasses_thenServerUnavailable() {
        TestBroker broker = start("authTimeoutSeconds=1");
        add(broker, 1, c -> new CompletableFuture<>());
        TestClient client = broker.connection(V5);
        client.send(ConnectRequest.v5("c").build());
        broker.advance(999);
        assertThat(client.story()).isEmpty();

        broker.advance(1);

        assertThat(client.next(Packet.ConnAck.class).reason()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
    }

    @Test
    void givenSlowAuthenticator_whenTheClientSendsMore_thenItWaitsAndIsServedInOrder() {
        TestBroker broker = startOn(2);
        CompletableFuture<AuthResult> answer = new CompletableFuture<>();
        add(broker, 1, c -> answer);
        TestClient client = broker.connection(V5, 0);
        client.send(ConnectRequest.v5(broker.idAt(1, "c")).build())
                .send(new Packet.Subscribe(
                        1,
                        List.of(new Packet.Subscribe.Request(
                                "t", io.marquetry.api.mqtt.QoS.AT_MOST_ONCE, false, false, 0)),
                        Properties.NONE))
                .publish("t", "own", 0, 0);
        assertThat(client.story()).isEmpty();

        answer.complete(AuthResult.ACCEPTED);

        assertThat(client.story()).containsExactly("CONNACK", "SUBACK", "PUBLISH q0 t own");
    }

    @Test
    void givenClientThatLeaves_whenTheAnswerComesLate_thenNoSessionBegins() {
        TestBroker broker = start();
        CompletableFuture<AuthResult> answer = new CompletableFuture<>();
        add(broker, 1, c -> answer);
        TestClient client = broker.connection(V5);
        client.send(ConnectRequest.v5("c").build());
        broker.settle();

        client.hangUp();
        answer.complete(AuthResult.ACCEPTED);
        broker.settle();

        assertThat(broker.gauge("sessions.count")).isZero();
    }

    @Test
    void givenConnectHook_whenItRefusesLater_thenTheClientIsToldItsReason() {
        TestBroker broker = start();
        CompletableFuture<ConnectHook.Verdict> verdict = new CompletableFuture<>();
        List<String> ended = new ArrayList<>();
        broker.hooks()
                .connectHooks()
                .add(
                        new ConnectHook() {
                            @Override
                            public Verdict onConnect(ClientInfo client) {
                                return client.clientId().equals("c") ? new Verdict.Later(verdict) : Verdict.PASS;
                            }

                            @Override
                            public void onDisconnect(ClientInfo client, String reason) {
                                ended.add(client.clientId() + " " + reason);
                            }
                        },
                        new Origin("test", 0, 1));
        TestClient client = broker.connection(V5);
        client.send(ConnectRequest.v5("c").build());
        assertThat(client.story()).isEmpty();

        verdict.complete(new ConnectHook.Verdict.Refuse(ReasonCode.SERVER_BUSY));

        assertThat(client.next(Packet.ConnAck.class).reason()).isEqualTo(ReasonCode.SERVER_BUSY);
        broker.connection(V5).connect("d").disconnect();
        assertThat(ended).containsExactly("d normal");
    }

    @Test // [MQTT-4.12.0-2] [MQTT-4.12.0-5] [MQTT-4.12.1-1]
    void givenEnhancedAuthentication_whenItsStepsAreTaken_thenConnAckFollowsAndItCanBeDoneAgain() {
        TestBroker broker = start();
        List<String> events = new ArrayList<>();
        broker.hooks().enhancedAuthenticators().add(new Echo(events), new Origin("test", 0, 1));
        TestClient client = broker.connection(V5);
        client.send(ConnectRequest.v5("c")
                .with(Property.AUTHENTICATION_METHOD, "ECHO")
                .with(Property.AUTHENTICATION_DATA, new byte[] {1})
                .build());

        Packet.Auth challenge = client.next(Packet.Auth.class);
        assertThat(challenge.reason()).isEqualTo(ReasonCode.CONTINUE_AUTHENTICATION);
        assertThat(challenge.properties().binary(Property.AUTHENTICATION_DATA)).containsExactly(1);
        client.send(auth(ReasonCode.CONTINUE_AUTHENTICATION, "ECHO", 9));
        Packet.ConnAck answer = client.next(Packet.ConnAck.class);
        assertThat(answer.reason()).isEqualTo(ReasonCode.SUCCESS);
        assertThat(answer.properties().text(Property.AUTHENTICATION_METHOD)).isEqualTo("ECHO");

        client.send(auth(ReasonCode.REAUTHENTICATE, "ECHO", 9));
        assertThat(client.next(Packet.Auth.class).reason()).isEqualTo(ReasonCode.SUCCESS);
        client.send(auth(ReasonCode.REAUTHENTICATE, "ECHO", 0));

        assertThat(client.story()).containsExactly("DISCONNECT NOT_AUTHORIZED");
        assertThat(events).containsExactly("begin", "close", "again", "close", "again", "close");
    }

    @Test // [MQTT-4.12.0-1]
    void givenUnknownMethod_whenConnecting_thenBadAuthenticationMethod() {
        TestBroker broker = start();
        TestClient client = broker.connection(V5);

        Packet.ConnAck answer = client.tryConnect(ConnectRequest.v5("c")
                .with(Property.AUTHENTICATION_METHOD, "NONE")
                .build());

        assertThat(answer.reason()).isEqualTo(ReasonCode.BAD_AUTHENTICATION_METHOD);
    }

    /** 9 succeeds, 0 fails, anything else is sent back as a challenge. */
    private record Echo(List<String> events) implements EnhancedAuthenticator {
        @Override
        public String method() {
            return "ECHO";
        }

        @Override
        public Exchange begin(ClientInfo client, boolean reauthentication) {
            events.add(reauthentication ? "again" : "begin");
            return new Exchange() {
                @Override
                public CompletionStage<Step> next(byte[] data) {
                    return CompletableFuture.completedFuture(
                            switch (data[0]) {
                                case 9 -> new Step.Success(null);
                                case 0 -> new Step.Failure(new AuthResult.Rejected(ReasonCode.NOT_AUTHORIZED));
                                default -> new Step.Challenge(data);
                            });
                }

                @Override
                public void close() {
                    events.add("close");
                }
            };
        }
    }

    private static Packet.Auth auth(ReasonCode reason, String method, int data) {
        return new Packet.Auth(
                reason,
                Properties.builder()
                        .with(Property.AUTHENTICATION_METHOD, method)
                        .with(Property.AUTHENTICATION_DATA, new byte[] {(byte) data})
                        .build());
    }

    private static void add(TestBroker broker, int ranking, Authenticator authenticator) {
        broker.hooks().authenticators().add(authenticator, new Origin("test", ranking, ranking));
    }

    private static Packet.ConnAck answerTo(TestBroker broker, String clientId) {
        return broker.connection(V5).tryConnect(ConnectRequest.v5(clientId).build());
    }
}
