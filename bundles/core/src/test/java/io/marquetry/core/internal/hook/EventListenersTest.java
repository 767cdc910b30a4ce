// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.event.BrokerEvent;
import io.marquetry.api.event.BrokerEventListener;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EventListenersTest extends BrokerTest {
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    private static String brief(BrokerEvent event) {
        if (event instanceof BrokerEvent.Connected e) {
            return "connected " + e.client().clientId() + " " + e.sessionPresent();
        } else if (event instanceof BrokerEvent.Refused e) {
            return "refused " + e.client().clientId() + " " + e.reason();
        } else if (event instanceof BrokerEvent.Disconnected e) {
            return "disconnected " + e.client().clientId() + " " + e.reason();
        } else if (event instanceof BrokerEvent.Subscribed e) {
            return "subscribed " + e.filter().text() + " " + e.qos();
        } else if (event instanceof BrokerEvent.Unsubscribed e) {
            return "unsubscribed " + e.filter().text();
        }
        throw new AssertionError(event);
    }

    private List<String> hear(int count) throws InterruptedException {
        List<String> result = new ArrayList<>();
        while (result.size() < count) {
            @Nullable String next = heard.poll(30, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("expected " + count + " events, got " + result);
            }
            result.add(next);
        }
        return result;
    }

    @Test
    void givenListener_whenClientLives_thenItHearsEverythingInOrder() throws InterruptedException {
        TestBroker broker = start();
        BrokerEventListener listener = (events, lost) -> events.forEach(e -> heard.add(brief(e)));
        broker.hooks().listeners().add(listener, new Origin("test", 0, 1));

        TestClient client = broker.connection(V5).connect("client").subscribe("a/#", 1);
        client.send(new Packet.Unsubscribe(9, List.of("a/#"), Properties.NONE));
        client.next(Packet.UnsubAck.class);
        client.disconnect();
        Authenticator rejecting =
                credentials -> CompletableFuture.completedFuture(new AuthResult.Rejected(ReasonCode.NOT_AUTHORIZED));
        broker.hooks().authenticators().add(rejecting, new Origin("test", 0, 2));
        broker.connection(V5).tryConnect(ConnectRequest.of(V5, "stranger").build());

        assertThat(hear(5))
                .containsExactly(
                        "connected client false",
                        "subscribed a/# AT_LEAST_ONCE",
                        "unsubscribed a/#",
                        "disconnected client normal",
                        "refused stranger NOT_AUTHORIZED");
    }

    @Test
    void givenSlowListener_whenTooMuchHappens_thenTheOldestAreLostAndItIsTold() throws InterruptedException {
        EventListeners listeners = new EventListeners(new Owners(Ticker.ofMachine()));
        Semaphore began = new Semaphore(0);
        Semaphore goOn = new Semaphore(0);
        AtomicInteger atOnce = new AtomicInteger();
        BrokerEventListener slow = (events, lost) -> {
            heard.add(events.size() + " after " + lost + " by " + atOnce.incrementAndGet());
            began.release();
            goOn.acquireUninterruptibly();
            atOnce.decrementAndGet();
        };
        listeners.add(slow, new Origin("test", 0, 1));
        listeners.tell(event(0));
        began.acquire();

        for (int i = 1; i <= EventQueue.MOST + 7; i++) {
            listeners.tell(event(i));
        }
        goOn.release(2);

        assertThat(hear(2)).containsExactly("1 after 0 by 1", EventQueue.MOST + " after 7 by 1");
    }

    @Test
    void givenListenerThatThrows_whenMoreHappens_thenItHearsThatToo() throws InterruptedException {
        EventListeners listeners = new EventListeners(new Owners(Ticker.ofMachine()));
        BrokerEventListener broken = (events, lost) -> {
            events.forEach(e -> heard.add("" + e.at()));
            throw new IllegalStateException("a fault of the listener");
        };
        listeners.add(broken, new Origin("test", 0, 1));

        listeners.tell(event(1));
        assertThat(hear(1)).containsExactly("1");
        listeners.tell(event(2));

        assertThat(hear(1)).containsExactly("2");
    }

    @Test
    void givenListenerThatIsReplaced_whenThingsHappenMeanwhile_thenItsSuccessorHearsThem() throws InterruptedException {
        EventListeners listeners = new EventListeners(new Owners(Ticker.ofMachine()));
        BrokerEventListener first = (events, lost) -> events.forEach(e -> heard.add("first " + e.at()));
        BrokerEventListener second = (events, lost) -> events.forEach(e -> heard.add("second " + e.at()));
        listeners.add(first, new Origin("test", 0, 1));
        listeners.hold("test");
        listeners.tell(event(1));
        listeners.remove(first);

        listeners.add(second, new Origin("test", 0, 2));
        listeners.tell(event(2));

        assertThat(hear(2)).containsExactly("second 1", "second 2");
    }

    @SuppressWarnings("NullAway") // nobody looks at the client
    private static BrokerEvent event(long at) {
        return new BrokerEvent.Disconnected(at, null, "normal");
    }
}
