// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.config.Rate;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import io.marquetry.core.port.CertificateField;
import io.marquetry.core.port.Terms;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The highest quality of service of a listener and of the broker: the lower one counts. */
class MaxQosTest extends BrokerTest {
    @ParameterizedTest // [MQTT-3.2.2-9]
    @CsvSource({"2, 2, -1", "2, 1, 1", "2, 0, 0", "1, 2, 1", "1, 0, 0", "0, 1, 0"})
    void givenTwoBounds_whenConnected_thenTheLowerOneIsTold(int ofBroker, int ofListener, int told) {
        TestBroker broker = start("maxQosAllowed=" + ofBroker);
        maxQos(broker, ofListener);

        Packet.ConnAck answer =
                broker.connection(V5).tryConnect(ConnectRequest.v5("c").build());

        assertThat(answer.properties().number(Property.MAXIMUM_QOS, -1)).isEqualTo(told);
    }

    @ParameterizedTest // [MQTT-3.2.2-10]
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenBound_whenSubscribedAndPublishedAbove_thenGrantedBelowAndRefused(ProtocolVersion version) {
        TestBroker broker = start();
        maxQos(broker, 1);
        TestClient client = broker.connection(version).connect("c");

        Packet.SubAck granted = client.trySubscribe(
                Properties.NONE, new Packet.Subscribe.Request("t", QoS.EXACTLY_ONCE, false, false, 0));
        client.publish("t", "fits", 1, 1);
        assertThat(granted.reasons()).containsExactly(ReasonCode.GRANTED_QOS_1);
        assertThat(client.story()).containsExactly("PUBLISH q1 t fits", "PUBACK 1");

        client.publish("t", "is above", 2, 2); // [MQTT-3.2.2-11]

        assertThat(client.story())
                .containsExactlyElementsOf(version == V5 ? List.of("DISCONNECT QOS_NOT_SUPPORTED") : List.of());
        assertThat(client.isClosed()).isTrue();
        assertThat(broker.endings()).containsEntry("qos_not_supported", 1L);
    }

    @ParameterizedTest // [MQTT-3.2.2-12]
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenBound_whenTheWillIsAbove_thenRefused(ProtocolVersion version) {
        TestBroker broker = start();
        maxQos(broker, 0);

        Packet.ConnAck answer = broker.connection(version)
                .tryConnect(ConnectRequest.of(version, "c")
                        .will("w", "x", 1, false, 0)
                        .build());

        assertThat(answer.reason().isError()).isTrue();
        assertThat(broker.endings()).containsEntry("qos_not_supported", 1L);
    }

    @Test
    void givenConnectedClient_whenTheListenersBoundIsLowered_thenWhatItWasToldHolds() {
        TestBroker broker = start();
        TestClient client = broker.connection(V5).connect("c");

        maxQos(broker, 0);
        client.publish("t", "x", 2, 1);

        assertThat(client.story()).containsExactly("PUBREC 1 NO_MATCHING_SUBSCRIBERS");
    }

    private static void maxQos(TestBroker broker, int qos) {
        broker.entrance()
                .terms(new Terms(
                        "",
                        qos,
                        CertificateField.NONE,
                        CertificateField.NONE,
                        List.of(),
                        Rate.NONE,
                        Rate.NONE,
                        Rate.NONE,
                        Rate.NONE));
    }
}
