// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.mongodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilterTemplateTest {
    @Test
    void givenValuesThatLookLikeOperators_whenFilled_thenTheyAreStrings() {
        FilterTemplate template = FilterTemplate.parse(
                "{\"$or\": [{\"username\": \"${username}\"}, {\"id\": {\"$eq\": \"x-${clientid}\"}}], \"on\": true}");

        BsonDocument filled = template.fill(client("{\"$ne\": 1}", "\"}, {\"$where\": \"1\"}"));

        assertThat(filled.keySet()).containsExactly("$or", "on");
        assertThat(filled.getArray("$or").get(0).asDocument().get("username"))
                .isEqualTo(new BsonString("\"}, {\"$where\": \"1\"}"));
        assertThat(filled.getArray("$or").get(1).asDocument().getDocument("id").get("$eq"))
                .isEqualTo(new BsonString("x-{\"$ne\": 1}"));
    }

    @Test
    void givenClientWithoutUserName_whenFilled_thenThereIsNoFilter() {
        assertThat(FilterTemplate.parse("{\"username\": \"${username}\"}").fill(client("c", null)))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[1]",
                "username",
                "{\"${username}\": 1}",
                "{\"$where\": \"this.username == '${username}'\"}",
                "{\"$expr\": {\"$eq\": [\"$username\", \"${username}\"]}}",
                "{\"username\": {\"$regex\": \"^${username}$\"}}",
                "{\"username\": /${username}/}",
                "{\"username\": \"${user}\"}"
            })
    void givenFilterThatAClientCouldChange_whenParsed_thenRefused(String json) {
        assertThatThrownBy(() -> FilterTemplate.parse(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("expected");
    }

    private static ClientInfo client(String clientId, @Nullable String username) {
        return new ClientInfo(clientId, username, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");
    }
}
