// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.publish.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.UserProperty;
import java.lang.annotation.Annotation;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MarkingHookTest {
    private static final ClientInfo CLIENT =
            new ClientInfo("meter-7", null, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");

    private final MarkingHook hook = new MarkingHook(config("forbidden/#", "+/secret"));

    @Test
    void givenMessage_whenPublished_thenMarkedBehindItsOwnProperties() {
        UserProperty own = new UserProperty("unit", "kWh");
        Message message =
                Message.of("meters/7", new byte[] {1}, QoS.AT_LEAST_ONCE, true).withUserProperties(List.of(own));

        Verdict verdict = hook.onPublish(CLIENT, Publish.of(message));

        Message marked = ((Verdict.Replace) verdict).message();
        assertThat(marked.userProperties()).containsExactly(own, new UserProperty("seen-by", "test"));
        assertThat(marked.withUserProperties(List.of(own))).isEqualTo(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"forbidden", "forbidden/a/b", "any/secret"})
    void givenRefusedTopic_whenPublished_thenNotAuthorized(String topic) {
        Message message = Message.of(topic, new byte[0], QoS.AT_MOST_ONCE, false);

        Verdict verdict = hook.onPublish(CLIENT, Publish.of(message));

        assertThat(verdict).isEqualTo(new Verdict.Refuse(ReasonCode.NOT_AUTHORIZED));
    }

    @Test
    void givenWrongFilter_whenActivated_thenTheFilterIsNamed() {
        assertThatThrownBy(() -> new MarkingHook(config("a/#/b"))).hasMessageContaining("a/#/b");
    }

    @SuppressWarnings("BadAnnotationImplementation") // never compared
    private static MarkingHook.Config config(String... refuse) {
        return new MarkingHook.Config() {
            @Override
            public String markName() {
                return "seen-by";
            }

            @Override
            public String markValue() {
                return "test";
            }

            @Override
            public String[] refuse() {
                return refuse;
            }

            @Override
            public Class<? extends Annotation> annotationType() {
                return MarkingHook.Config.class;
            }
        };
    }
}
