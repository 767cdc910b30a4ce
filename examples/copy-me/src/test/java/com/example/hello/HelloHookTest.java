package com.example.hello;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HelloHookTest {
    private static final ClientInfo CLIENT =
            new ClientInfo("ann", null, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");

    private final HelloHook hook = new HelloHook();

    @Test
    void givenGreeting_whenPublished_thenItHasTheName() {
        Message message = message("hello/world", "good morning");

        Verdict verdict = hook.onPublish(CLIENT, Publish.of(message));

        Message replaced = ((Verdict.Replace) verdict).message();
        assertEquals("ann says: good morning", new String(replaced.payload(), StandardCharsets.UTF_8));
    }

    @Test
    void givenAnotherTopic_whenPublished_thenItPasses() {
        assertEquals(Verdict.PASS, hook.onPublish(CLIENT, Publish.of(message("meters/7", "21.5"))));
    }

    private static Message message(String topic, String text) {
        return Message.of(topic, text.getBytes(StandardCharsets.UTF_8), QoS.AT_LEAST_ONCE, false);
    }
}
