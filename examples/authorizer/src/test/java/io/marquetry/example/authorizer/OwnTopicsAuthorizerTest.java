// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.authorizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import java.lang.annotation.Annotation;
import org.junit.jupiter.api.Test;

class OwnTopicsAuthorizerTest {
    private static final Action PUBLISH = new Action.Publish(QoS.AT_LEAST_ONCE, false);
    private static final Action SUBSCRIBE = new Action.Subscribe(QoS.AT_LEAST_ONCE);

    private final OwnTopicsAuthorizer authorizer = new OwnTopicsAuthorizer(config());

    @Test
    void givenClient_whenItUsesItsOwnBranch_thenAllowed() {
        assertThat(ask("meter-7", PUBLISH, "clients/meter-7/power")).isInstanceOf(Decision.Allow.class);
        assertThat(ask("meter-7", SUBSCRIBE, "clients/meter-7/#")).isInstanceOf(Decision.Allow.class);
        assertThat(ask("meter-7", SUBSCRIBE, "news/#")).isInstanceOf(Decision.Allow.class);
    }

    @Test
    void givenClient_whenItUsesAnother_thenOthersDecide() {
        assertThat(ask("meter-7", PUBLISH, "clients/meter-8/power")).isEqualTo(Decision.ABSTAIN);
        assertThat(ask("meter-7", SUBSCRIBE, "clients/+/power")).isEqualTo(Decision.ABSTAIN);
        assertThat(ask("meter-7", SUBSCRIBE, "#")).isEqualTo(Decision.ABSTAIN);
        assertThat(ask("meter-7", PUBLISH, "news/today")).isEqualTo(Decision.ABSTAIN);
    }

    @Test
    void givenWildcardAsIdentifier_whenItSubscribes_thenItReachesNobodyElse() {
        assertThat(ask("+", SUBSCRIBE, "clients/+/power")).isEqualTo(Decision.ABSTAIN);
    }

    private Decision ask(String clientId, Action action, String topic) {
        ClientInfo client =
                new ClientInfo(clientId, null, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");
        return authorizer.authorize(client, action, topic);
    }

    @SuppressWarnings("BadAnnotationImplementation") // never compared
    private static OwnTopicsAuthorizer.Config config() {
        return new OwnTopicsAuthorizer.Config() {
            @Override
            public String own() {
                return "clients/%c/";
            }

            @Override
            public String news() {
                return "news/";
            }

            @Override
            public Class<? extends Annotation> annotationType() {
                return OwnTopicsAuthorizer.Config.class;
            }
        };
    }
}
