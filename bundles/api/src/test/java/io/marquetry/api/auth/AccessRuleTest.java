// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.auth.AccessRule.Scope;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessRuleTest {
    private static final Action SUBSCRIBE = new Action.Subscribe(QoS.AT_MOST_ONCE);
    private static final Action PUBLISH = new Action.Publish(QoS.AT_MOST_ONCE, false);

    private static ClientInfo client(String clientId) {
        return new ClientInfo(clientId, "ada", ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");
    }

    private static boolean matches(String topic, String clientId, String wanted) {
        return new AccessRule(Decision.ALLOW, Scope.ALL, topic).matches(client(clientId), SUBSCRIBE, wanted);
    }

    @ParameterizedTest
    @CsvSource({
        "t/#, t/a, true",
        "t/#, t/#, true",
        "t/a, t/#, false",
        "#, $SYS/x, false",
        "eq #, #, true",
        "eq #, a, false",
        "eq t/+, t/+, true",
        "eq t/+, t/a, false",
        "eq t/${clientid}/#, t/c1/#, true",
        "eq t/${clientid}/#, t/c1/x, false",
        "t/${clientid}, t/c1, true",
        "t/${clientid}, t/c2, false",
        "t/${clientid}, t/+, false",
        "t/${clientid}/#, t/c1/a/b, true",
        "t/${clientid}/#, t/c1, true",
        "+/${clientid}, x/c1, true",
        "+/${clientid}, $SYS/c1, false",
        "+/x-${clientid}, y/x-c1, true",
        "eq +/${clientid}, +/c1, true",
        "${clientid}/#, c1/x, true",
        "$SYS/${clientid}, $SYS/c1, true"
    })
    void givenRule_whenAskedAboutAFilter_thenItSpeaksAboutWhatItCovers(String topic, String wanted, boolean expected) {
        assertThat(matches(topic, "c1", wanted)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"+", "#", "c1/x", "/", ""})
    void givenClientThatSmuggles_whenAsked_thenTheRuleSpeaksAboutNothing(String clientId) {
        assertThat(matches("t/${clientid}", clientId, "t/" + clientId)).isFalse();
        assertThat(matches("t/${clientid}/#", clientId, "t/c1/x")).isFalse();
        assertThat(matches("eq t/${clientid}", clientId, "t/" + clientId)).isFalse();
    }

    @Test
    void givenQosAndRetain_whenPublished_thenBothCount() {
        AccessRule rule = new AccessRule(Decision.ALLOW, Scope.PUBLISH, "t", Set.of(QoS.AT_LEAST_ONCE), true);

        assertThat(rule.matches(client("c"), new Action.Publish(QoS.AT_LEAST_ONCE, true), "t"))
                .isTrue();
        assertThat(rule.matches(client("c"), new Action.Publish(QoS.AT_LEAST_ONCE, false), "t"))
                .isFalse();
        assertThat(rule.matches(client("c"), PUBLISH, "t")).isFalse();
        assertThat(rule.matches(client("c"), new Action.Subscribe(QoS.AT_LEAST_ONCE), "t"))
                .isFalse();
    }

    @Test
    void givenRules_whenDecided_thenTheFirstThatSpeaksCounts() {
        List<AccessRule> rules = List.of(
                new AccessRule(Decision.DENY, Scope.SUBSCRIBE, "t/#"),
                new AccessRule(Decision.ALLOW, Scope.ALL, "t/a"));

        assertThat(AccessRule.decide(rules, client("c"), PUBLISH, "t/a")).isEqualTo(Decision.ALLOW);
        assertThat(AccessRule.decide(rules, client("c"), SUBSCRIBE, "t/a")).isEqualTo(Decision.DENY);
        assertThat(AccessRule.decide(rules, client("c"), PUBLISH, "u")).isEqualTo(Decision.ABSTAIN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/#/b", "a+", "${clientid}+", "", "eq ", "t/${nobody}"})
    void givenBadTopic_whenMade_thenRefused(String topic) {
        assertThatThrownBy(() -> new AccessRule(Decision.ALLOW, Scope.ALL, topic))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("expected ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"$share/g/t", "$queue/t", "$share/${clientid}/t"})
    void givenSharedFilter_whenMade_thenRefusedSinceItWouldSpeakAboutNothing(String topic) {
        assertThatThrownBy(() -> new AccessRule(Decision.ALLOW, Scope.ALL, topic))
                .hasMessageContaining("without $share");
    }
}
