// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a hook sees of a message that still lies in the read buffer. */
class PublishInBufferTest extends BrokerTest {
    private static final Origin FIRST = new Origin("test.hook", 1, 1);
    private static final Origin SECOND = new Origin("test.hook", 0, 2);

    @Test
    void givenHookThatKeepsWhatItWasHanded_whenItReadsLater_thenItIsToldAndSeesNoOtherMessage() {
        TestBroker broker = start();
        List<Publish> kept = new ArrayList<>();
        List<Message> messages = new ArrayList<>();
        PublishHook hook = (client, publish) -> {
            kept.add(publish);
            messages.add(publish.message());
            return Verdict.PASS;
        };
        broker.hooks().publishHooks().add(hook, FIRST);
        TestClient client = broker.connection(V5).connect("c");

        client.publish("a", "first", 1, 1).publish("b", "second", 1, 2);
        broker.settle();

        assertThat(kept).hasSize(2).allSatisfy(publish -> {
            assertThatIllegalStateException().isThrownBy(publish::topic).withMessageContaining("message()");
            assertThatIllegalStateException().isThrownBy(publish::qos);
            assertThatIllegalStateException().isThrownBy(publish::retain);
            assertThatIllegalStateException().isThrownBy(publish::payloadLength);
            assertThatIllegalStateException().isThrownBy(publish::message);
        });
        assertThat(messages).extracting(Message::topic).containsExactly("a", "b");
        assertThat(messages).extracting(PublishInBufferTest::text).containsExactly("first", "second");
    }

    @Test
    void givenHookBehindALaterOne_whenItIsAskedAfterTheBufferWentOn_thenItSeesItsMessage() {
        TestBroker broker = start();
        CompletableFuture<Verdict> answer = new CompletableFuture<>();
        List<String> seen = new ArrayList<>();
        PublishHook later = (client, publish) -> new Verdict.Later(answer);
        PublishHook looks = (client, publish) -> {
            seen.add(publish.topic() + " " + text(publish.message()) + " " + publish.qos() + " " + publish.retain()
                    + " " + publish.payloadLength());
            return Verdict.PASS;
        };
        broker.hooks().publishHooks().add(later, FIRST);
        broker.hooks().publishHooks().add(looks, SECOND);
        TestClient client = broker.connection(V5).connect("c");
        client.publish("a", "first", 1, 1).publish("b", "second!", 0, 0);
        broker.settle();

        answer.complete(Verdict.PASS);
        broker.settle();

        assertThat(seen).containsExactly("a first AT_LEAST_ONCE false 5", "b second! AT_MOST_ONCE false 7");
    }

    @Test
    void givenHookBehindOneThatReplaces_whenAsked_thenItSeesTheReplacement() {
        TestBroker broker = start();
        List<String> seen = new ArrayList<>();
        PublishHook replaces = (client, publish) ->
                new Verdict.Replace(Message.of("other", new byte[] {'o'}, QoS.AT_MOST_ONCE, false));
        PublishHook looks = (client, publish) -> {
            seen.add(publish.topic() + " " + text(publish.message()));
            return Verdict.PASS;
        };
        broker.hooks().publishHooks().add(replaces, FIRST);
        broker.hooks().publishHooks().add(looks, SECOND);
        TestClient client = broker.connection(V5).connect("c");

        client.publish("a", "first", 0, 0);
        broker.settle();

        assertThat(seen).containsExactly("other o");
    }

    private static String text(Message message) {
        return new String(message.payload(), StandardCharsets.UTF_8);
    }
}
