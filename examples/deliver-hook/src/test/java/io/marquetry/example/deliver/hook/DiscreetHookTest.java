// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.deliver.hook;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.DeliverHook.Verdict;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.UserProperty;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiscreetHookTest {
    private static final UserProperty UNIT = new UserProperty("unit", "kWh");

    private final DiscreetHook hook = new DiscreetHook();

    @Test
    void givenInternalProperties_whenDelivered_thenOnlyInternalClientsSeeThem() {
        Message message = message(UNIT, new UserProperty("internal-host", "db1"));

        assertThat(deliver("meter-7", message))
                .isEqualTo(new Verdict.Replace(message.withUserProperties(List.of(UNIT))));
        assertThat(deliver("internal-audit", message)).isEqualTo(Verdict.PASS);
    }

    @Test
    void givenInternalMessage_whenDelivered_thenOnlyInternalClientsGetIt() {
        Message message = message(new UserProperty("internal", ""));

        assertThat(deliver("meter-7", message)).isEqualTo(Verdict.DROP);
        assertThat(deliver("internal-audit", message)).isEqualTo(Verdict.PASS);
    }

    @Test
    void givenOtherMessage_whenDelivered_thenItPasses() {
        assertThat(deliver("meter-7", message())).isEqualTo(Verdict.PASS);
        assertThat(deliver("meter-7", message(UNIT))).isEqualTo(Verdict.PASS);
    }

    private Verdict deliver(String clientId, Message message) {
        ClientInfo client =
                new ClientInfo(clientId, null, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");
        return hook.onDeliver(client, message);
    }

    private static Message message(UserProperty... properties) {
        return Message.of("meters/7", new byte[] {1}, QoS.AT_LEAST_ONCE, false).withUserProperties(List.of(properties));
    }
}
