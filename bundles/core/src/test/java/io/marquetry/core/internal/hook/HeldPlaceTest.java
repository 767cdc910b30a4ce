// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.extension.Blocking;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A place in a chain that is held while its extension is replaced, and what is behind the guard. */
class HeldPlaceTest extends BrokerTest {
    private static final Verdict REFUSE = new Verdict.Refuse(ReasonCode.NOT_AUTHORIZED);
    private static final Origin FIRST = new Origin("ext", "hook", 5, 1);
    private static final Origin SECOND = new Origin("ext", "hook", 7, 2);

    @Test
    void givenHeldPlace_whenMessagesCome_thenTheyWaitInOrderForTheSuccessor() {
        TestBroker broker = start();
        broker.hooks().publishHooks().add((client, message) -> Verdict.PASS, FIRST);
        TestClient publisher = broker.connection(V5).connect("p");
        broker.hooks().hold("ext");
        publisher.publish("t", "a", 1, 1).publish("t", "b", 1, 2);
        assertThat(publisher.story()).isEmpty();

        broker.hooks().publishHooks().add((client, message) -> REFUSE, SECOND);
        broker.settle();

        assertThat(publisher.story()).containsExactly("PUBACK 1 NOT_AUTHORIZED", "PUBACK 2 NOT_AUTHORIZED");
        assertThat(broker.hooks().publishHooks().members()).hasSize(1);
    }

    @Test
    void givenHeldPlace_whenTheOldServiceIsRemoved_thenThePlaceStays() {
        TestBroker broker = start();
        PublishHook old = (client, message) -> REFUSE;
        broker.hooks().publishHooks().add(old, FIRST);
        TestClient publisher = broker.connection(V5).connect("p");

        broker.hooks().hold("ext");
        broker.hooks().publishHooks().remove(old);
        publisher.publish("t", "a", 1, 1);

        assertThat(publisher.story()).isEmpty();
        broker.hooks().release("ext");
    }

    @Test
    void givenHeldPlace_whenTheTimeIsOver_thenWhoWaitsIsToldThatItFailed() {
        TestBroker broker = start();
        broker.hooks().publishHooks().add((client, message) -> Verdict.PASS, FIRST);
        TestClient publisher = broker.connection(V5).connect("p");
        broker.hooks().hold("ext");
        publisher.publish("t", "a", 1, 1);

        broker.hooks().expire("ext", "too late");
        publisher.publish("t", "b", 1, 2);

        assertThat(publisher.story())
                .containsExactly("PUBACK 1 IMPLEMENTATION_SPECIFIC_ERROR", "PUBACK 2 IMPLEMENTATION_SPECIFIC_ERROR");
    }

    @Test
    void givenExpiredPlace_whenTheSuccessorComesAfterAll_thenItIsAsked() {
        TestBroker broker = start();
        broker.hooks().publishHooks().add((client, message) -> Verdict.PASS, FIRST);
        TestClient publisher = broker.connection(V5).connect("p");
        broker.hooks().hold("ext");
        broker.hooks().expire("ext", "too late");

        broker.hooks().publishHooks().add((client, message) -> REFUSE, SECOND);
        publisher.publish("t", "a", 1, 1);

        assertThat(publisher.story()).containsExactly("PUBACK 1 NOT_AUTHORIZED");
    }

    @Test
    void givenHeldPlaceThatNobodyTakes_whenReleased_thenMessagesGoOnWithoutIt() {
        TestBroker broker = start();
        broker.hooks().publishHooks().add((client, message) -> REFUSE, FIRST);
        TestClient publisher = broker.connection(V5).connect("p");
        broker.hooks().hold("ext");
        publisher.publish("t", "a", 1, 1);

        broker.hooks().release("ext");
        broker.settle();

        assertThat(publisher.story()).containsExactly("PUBACK 1 NO_MATCHING_SUBSCRIBERS");
        assertThat(broker.hooks().publishHooks().isEmpty()).isTrue();
    }

    @Test
    void givenCallUnderWay_whenItFailsSinceItsExtensionStops_thenTheSuccessorIsAsked() {
        TestBroker broker = start();
        CompletableFuture<Verdict> underWay = new CompletableFuture<>();
        broker.hooks().publishHooks().add((client, message) -> new Verdict.Later(underWay), FIRST);
        TestClient publisher = broker.connection(V5).connect("p");
        publisher.publish("t", "a", 1, 1);
        broker.hooks().hold("ext");

        underWay.completeExceptionally(new IllegalStateException("the pool was closed"));
        broker.settle();
        assertThat(publisher.story()).isEmpty();
        broker.hooks().publishHooks().add((client, message) -> REFUSE, SECOND);
        broker.settle();

        assertThat(publisher.story()).containsExactly("PUBACK 1 NOT_AUTHORIZED");
    }

    @Test
    void givenHeldAuthenticator_whenAClientConnects_thenItWaitsForTheSuccessor() {
        TestBroker broker = start();
        Authenticator reject =
                c -> CompletableFuture.completedFuture(new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD));
        broker.hooks().authenticators().add(reject, FIRST);
        broker.hooks().hold("ext");
        TestClient client = broker.connection(V5);
        client.send(ConnectRequest.v5("c").build());
        assertThat(client.story()).isEmpty();

        broker.hooks().authenticators().add(c -> CompletableFuture.completedFuture(AuthResult.ACCEPTED), SECOND);

        assertThat(client.next(Packet.ConnAck.class).reason()).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void givenRequiredAuthenticator_whenItIsLost_thenNewClientsAreTurnedAwayAndOthersStay() {
        TestBroker broker = start();
        Authenticator accept = c -> CompletableFuture.completedFuture(AuthResult.ACCEPTED);
        broker.hooks().authenticators().add(accept, FIRST);
        broker.hooks().require(Map.of("ext", Set.of(Authenticator.class)), Set.of());
        TestClient connected = broker.connection(V5).connect("c");

        broker.hooks().authenticators().remove(accept);
        Packet.ConnAck answer =
                broker.connection(V5).tryConnect(ConnectRequest.v5("d").build());

        assertThat(answer.reason()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        assertThat(broker.broker().anonymousAccess()).isFalse();
        connected.publish("t", "a", 1, 1);
        assertThat(connected.story()).containsExactly("PUBACK 1 NO_MATCHING_SUBSCRIBERS");
        broker.reconfigure("allowAnonymous=true");
        assertThat(broker.connection(V5)
                        .tryConnect(ConnectRequest.v5("e").build())
                        .reason())
                .isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void givenAnswersThatAreLate_whenTheyAreTooMany_thenNobodyWaitsUntilOneIsInTimeAgain() {
        TestBroker broker = start("hookTimeoutSeconds=1");
        List<CompletableFuture<Verdict>> open = new java.util.ArrayList<>();
        broker.hooks()
                .publishHooks()
                .add(
                        (client, message) -> {
                            CompletableFuture<Verdict> answer = new CompletableFuture<>();
                            open.add(answer);
                            return new Verdict.Later(answer);
                        },
                        FIRST);
        TestClient publisher = broker.connection(V5).connect("p");
        for (int i = 1; i <= Breaker.MOST_FAILURES; i++) {
            publisher.publish("t", "a", 1, i);
            broker.advance(1000);
        }
        publisher.story();
        int asked = open.size();

        publisher.publish("t", "b", 1, 99);

        assertThat(publisher.story()).containsExactly("PUBACK 99 IMPLEMENTATION_SPECIFIC_ERROR");
        assertThat(open).hasSize(asked);
        assertThat(broker.hooks().services("ext").get(0).breaker()).isEqualTo("open");
        broker.advance(Breaker.OPEN_MILLIS);
        publisher.publish("t", "c", 1, 100);
        broker.settle();
        open.get(asked).complete(Verdict.PASS);
        broker.settle();
        assertThat(publisher.story()).containsExactly("PUBACK 100 NO_MATCHING_SUBSCRIBERS");
        assertThat(broker.hooks().services("ext").get(0).breaker()).isEqualTo("closed");
    }

    @Test
    void givenHookThatThrowsErrors_whenAsked_thenTheyStayBehindTheGuardAndItsBreakerClosed() {
        TestBroker broker = start();
        broker.hooks()
                .publishHooks()
                .add(
                        (client, message) -> {
                            throw message.topic().equals("a")
                                    ? new StackOverflowError()
                                    : new NoClassDefFoundError("gone");
                        },
                        FIRST);
        TestClient publisher = broker.connection(V5).connect("p");

        for (int i = 1; i <= 2 * Breaker.MOST_FAILURES; i++) {
            publisher.publish(i % 2 == 0 ? "a" : "b", "x", 1, i);
        }

        assertThat(publisher.story()).hasSize(2 * Breaker.MOST_FAILURES).allMatch(s -> s.endsWith("SPECIFIC_ERROR"));
        assertThat(broker.hooks().services("ext").get(0).breaker()).isEqualTo("closed");
        assertThat(broker.hooks().services("ext").get(0).failures()).isEqualTo(2L * Breaker.MOST_FAILURES);
    }

    /** Says on which thread it is called. */
    @Blocking
    private static final class BlockingHook implements PublishHook {
        final CountDownLatch mayReturn = new CountDownLatch(1);
        volatile Thread thread = Thread.currentThread();

        @Override
        public Verdict onPublish(ClientInfo client, Publish publish) {
            thread = Thread.currentThread();
            try {
                mayReturn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted", e);
            }
            return REFUSE;
        }
    }

    @Test
    void givenBlockingHook_whenItIsTakenOut_thenThatWaitsForTheLoopsAndForItsCalls() throws Exception {
        TestBroker broker = startOn(2);
        BlockingHook hook = new BlockingHook();
        broker.hooks().publishHooks().add(hook, FIRST);
        TestClient publisher = broker.connection(V5).connect("p");
        publisher.publish("t", "a", 1, 1);
        broker.settle();
        Quiescence quiescence = new Quiescence(broker.loops().loops());
        Member<PublishHook> member = broker.hooks().publishHooks().remove(hook);
        CompletableFuture<Boolean> passive = CompletableFuture.supplyAsync(() -> quiescence.await(List.of(member)));

        assertThat(member.pending()).isEqualTo(1);
        hook.mayReturn.countDown();
        while (!passive.isDone()) {
            broker.settle();
            Thread.onSpinWait();
        }

        assertThat(passive.get(1, TimeUnit.SECONDS)).isTrue();
        assertThat(hook.thread).isNotEqualTo(Thread.currentThread());
        assertThat(member.pending()).isZero();
        broker.settle();
        assertThat(publisher.story()).containsExactly("PUBACK 1 NOT_AUTHORIZED");
    }

    @Test
    void givenCallThatNeverReturns_whenItsServiceIsTakenOut_thenThatEndsAllTheSame() {
        TestBroker broker = start();
        broker.hooks().publishHooks().add((client, message) -> new Verdict.Later(new CompletableFuture<>()), FIRST);
        broker.connection(V5).connect("p").publish("t", "a", 1, 1);
        broker.settle();
        Quiescence quiescence = new Quiescence(List.of());

        boolean passive = quiescence.await(broker.hooks().hold("ext"));

        assertThat(passive).isFalse();
        broker.hooks().release("ext");
        broker.advance(5000);
    }

    @Test
    void givenRankings_whenOneChanges_thenTheChainIsInAnotherOrder() {
        TestBroker broker = start();
        PublishHook pass = (client, message) -> Verdict.PASS;
        PublishHook refuse = (client, message) -> REFUSE;
        broker.hooks().publishHooks().add(pass, new Origin("a", 1, 1));
        broker.hooks().publishHooks().add(refuse, new Origin("b", 2, 2));

        broker.hooks().publishHooks().update(pass, new Origin("a", 3, 1));

        assertThat(broker.hooks().publishHooks().members())
                .extracting(Member::service)
                .containsExactly(pass, refuse);
    }
}
