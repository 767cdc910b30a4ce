// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.event.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.event.BrokerEvent;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.TopicFilter;
import org.junit.jupiter.api.Test;

class AuditLogTest {
    private static final ClientInfo CLIENT =
            new ClientInfo("meter-7", null, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");

    @Test
    void givenEvents_whenWritten_thenEachHasItsLine() {
        assertThat(AuditLog.line(new BrokerEvent.Connected(1, CLIENT, true)))
                .isEqualTo("connected client=meter-7 session=old");
        assertThat(AuditLog.line(new BrokerEvent.Refused(1, CLIENT, ReasonCode.BANNED)))
                .isEqualTo("refused client=meter-7 reason=BANNED");
        assertThat(AuditLog.line(new BrokerEvent.Disconnected(1, CLIENT, "normal")))
                .isEqualTo("disconnected client=meter-7 reason=normal");
        assertThat(AuditLog.line(new BrokerEvent.Subscribed(1, CLIENT, TopicFilter.parse("a/#"), QoS.AT_LEAST_ONCE)))
                .isEqualTo("subscribed client=meter-7 filter=a/#");
        assertThat(AuditLog.line(new BrokerEvent.Unsubscribed(1, CLIENT, TopicFilter.parse("a/#"))))
                .isEqualTo("unsubscribed client=meter-7 filter=a/#");
    }
}
