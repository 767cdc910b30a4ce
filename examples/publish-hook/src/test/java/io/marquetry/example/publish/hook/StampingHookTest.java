// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.publish.hook;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.UserProperty;
import java.util.List;
import org.junit.jupiter.api.Test;

class StampingHookTest {
    private static final ClientInfo CLIENT =
            new ClientInfo("c", null, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0);

    private final StampingHook hook = new StampingHook("a/#", "seen", "1.2.3");

    @Test
    void givenMatchingTopic_whenPublished_thenTheStampIsTheLastProperty() {
        UserProperty own = new UserProperty("k", "v");
        Message message = new Message(
                "a/b",
                new byte[] {1},
                QoS.AT_LEAST_ONCE,
                true,
                true,
                9,
                "text/plain",
                "r",
                new byte[] {2},
                List.of(own));

        Verdict verdict = hook.onPublish(CLIENT, message);

        Message stamped = message.withUserProperties(List.of(own, new UserProperty("seen", "1.2.3")));
        assertThat(verdict).isEqualTo(new Verdict.Replace(stamped));
    }

    @Test
    void givenOtherTopic_whenPublished_thenItPasses() {
        Message message = Message.of("b", new byte[0], QoS.AT_MOST_ONCE, false);

        assertThat(hook.onPublish(CLIENT, message)).isSameAs(Verdict.PASS);
    }
}
