// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.subscribe.hook;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.SubscribeHook.Verdict;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.TopicFilter;
import org.junit.jupiter.api.Test;

class MyTopicsHookTest {
    private final MyTopicsHook hook = new MyTopicsHook();

    @Test
    void givenMyTopics_whenSubscribed_thenThoseOfTheClientAreMeant() {
        assertThat(subscribe("meter-7", "", "my/power"))
                .isEqualTo(new Verdict.Replace(TopicFilter.parse("clients/meter-7/power"), QoS.AT_LEAST_ONCE));
        assertThat(subscribe("meter-7", "tenants/a/", "tenants/a/my/power"))
                .isEqualTo(
                        new Verdict.Replace(TopicFilter.parse("tenants/a/clients/meter-7/power"), QoS.AT_LEAST_ONCE));
    }

    @Test
    void givenEverything_whenSubscribed_thenRefused() {
        assertThat(subscribe("meter-7", "", "#")).isEqualTo(new Verdict.Refuse(ReasonCode.NOT_AUTHORIZED));
        assertThat(subscribe("meter-7", "", "$share/group/#")).isEqualTo(new Verdict.Refuse(ReasonCode.NOT_AUTHORIZED));
    }

    @Test
    void givenOtherTopicsOrAWildcardAsName_whenSubscribed_thenPassed() {
        assertThat(subscribe("meter-7", "", "news/#")).isEqualTo(Verdict.PASS);
        assertThat(subscribe("+", "", "my/power")).isEqualTo(Verdict.PASS);
    }

    private Verdict subscribe(String clientId, String mountpoint, String filter) {
        ClientInfo client = new ClientInfo(
                clientId, null, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, mountpoint);
        return hook.onSubscribe(client, TopicFilter.parse(filter), QoS.AT_LEAST_ONCE);
    }
}
