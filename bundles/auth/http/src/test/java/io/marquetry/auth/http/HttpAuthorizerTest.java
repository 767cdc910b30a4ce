// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.mqtt.QoS;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpAuthorizerTest {
    private static final Action PUBLISH = new Action.Publish(QoS.AT_LEAST_ONCE, true);
    private static final Action SUBSCRIBE = new Action.Subscribe(QoS.EXACTLY_ONCE);

    private Backend backend;
    private HttpAuthorizer authorizer;

    @BeforeEach
    void begin() throws Exception {
        backend = Backend.start();
        authorizer = new HttpAuthorizer(Map.of("url", backend.url("/acl")));
    }

    @AfterEach
    void end() {
        authorizer.close();
        backend.close();
    }

    @Test
    void givenServer_whenAsked_thenItsAnswerDecidesAndTheDecisionNamesIt() {
        String where = "auth.http.authorizer: POST " + backend.url("/acl");

        assertThat(decide(PUBLISH, "a/b")).isEqualTo(new Decision.Allow(where + " allows"));
        backend.answers(200, "{\"result\":\"deny\"}");
        assertThat(decide(PUBLISH, "a/b")).isEqualTo(new Decision.Deny(where + " denies"));
        backend.answers(200, "{\"result\":\"ignore\"}");
        assertThat(decide(PUBLISH, "a/b")).isEqualTo(Decision.ABSTAIN);
        backend.answers(200, "{\"result\":\"allow\"}");
        assertThat(decide(PUBLISH, "a/b")).isInstanceOf(Decision.Allow.class);
        backend.answers(500, "");
        assertThatThrownBy(() -> decide(PUBLISH, "a/b")).hasMessageContaining("got 500");
    }

    @Test
    void givenActions_whenAsked_thenTheServerLearnsWhich() {
        decide(PUBLISH, "a/\"b");
        assertThat(backend.last().body())
                .isEqualTo("{\"clientid\":\"c1\",\"username\":\"u1\",\"topic\":\"a/\\\"b\",\"action\":\"publish\","
                        + "\"qos\":1,\"retain\":true}");

        decide(SUBSCRIBE, "a/#");
        assertThat(backend.last().body())
                .endsWith("\"topic\":\"a/#\",\"action\":\"subscribe\",\"qos\":2,\"retain\":false}");
    }

    @Test
    void givenTopicThatClimbs_whenItIsPartOfThePath_thenDeniedUnasked() {
        authorizer.close();
        authorizer = new HttpAuthorizer(Map.of("method", "get", "url", backend.url("/acl/${topic}?a=${action}")));

        assertThat(authorizer.authorize(HttpAuthenticatorTest.client("c1", "u1"), PUBLISH, "a/../b"))
                .isInstanceOf(Decision.Deny.class);
        assertThat(backend.count()).isZero();
        assertThat(decide(PUBLISH, "a/b")).isInstanceOf(Decision.Allow.class);
        assertThat(backend.last().uri()).isEqualTo("/acl/a%2Fb?a=publish");
    }

    private Decision decide(Action action, String topic) {
        Decision.Later later =
                (Decision.Later) authorizer.authorize(HttpAuthenticatorTest.client("c1", "u1"), action, topic);
        return later.stage()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }
}
