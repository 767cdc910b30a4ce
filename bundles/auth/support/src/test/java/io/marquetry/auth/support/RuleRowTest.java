// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleRowTest {
    private static final ClientInfo CLIENT =
            new ClientInfo("meter", "ada", ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");

    @Test
    void givenRow_whenRead_thenTheRuleSaysWhereItIsFrom() {
        AccessRule rule = new RuleRow("ALLOW", "publish", "t/${username}/#", "0,1", "0").rule("row 2");

        assertThat(rule.matches(CLIENT, new Action.Publish(QoS.AT_LEAST_ONCE, false), "t/ada/x"))
                .isTrue();
        assertThat(rule.matches(CLIENT, new Action.Publish(QoS.EXACTLY_ONCE, false), "t/ada/x"))
                .isFalse();
        assertThat(rule.matches(CLIENT, new Action.Publish(QoS.AT_LEAST_ONCE, true), "t/ada/x"))
                .isFalse();
        assertThat(rule.matches(CLIENT, new Action.Subscribe(QoS.AT_LEAST_ONCE), "t/ada/x"))
                .isFalse();
        assertThat(rule.decision()).isEqualTo(new Decision.Allow("row 2: ALLOW publish t/${username}/#"));
    }

    @ParameterizedTest
    @CsvSource({
        "may, publish, t, , , permission",
        "allow, write, t, , , actions",
        "allow, all, a/#/b, , , a/#/b",
        "allow, all, t, 3, , qos",
        "allow, all, t, , maybe, retain",
        "allow, all, t/${nobody}, , , placeholders"
    })
    void givenBadRow_whenRead_thenTheSentenceSaysWhereAndWhat(
            String permission, String action, String topic, String qos, String retain, String word) {
        assertThatThrownBy(() -> new RuleRow(permission, action, topic, qos, retain).rule("row 7 of mqtt_acl"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("row 7 of mqtt_acl: expected ")
                .hasMessageContaining(word);
    }
}
