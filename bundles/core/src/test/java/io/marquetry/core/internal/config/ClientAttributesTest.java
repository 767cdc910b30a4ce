// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.PeerCertificate;
import io.marquetry.api.config.Keys;
import io.marquetry.api.mqtt.ProtocolVersion;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientAttributesTest {
    private static final PeerCertificate CERTIFICATE = new PeerCertificate("dev1", "CN=dev1,OU=Field,O=Acme");

    private static ClientInfo client(@Nullable String username, @Nullable PeerCertificate certificate) {
        return new ClientInfo(
                "c1", username, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, certificate, "");
    }

    private static Keys keys(String text) {
        return new Keys("test", Map.of("clientAttributes", text));
    }

    @Test
    void givenNamesAndCertificate_whenRead_thenEachIsWhatWasAskedFor() throws Exception {
        Keys keys = keys("tenant: ${username} ~ ^([^@|]+)[@|] | unit: ${cert_subject} ~ OU=([^,]+)"
                + " | both: ${listener}/${clientid} | kind: meter");

        ClientAttributes attributes = ClientAttributes.read(keys, "clientAttributes");

        assertThat(keys.problems()).isEmpty();
        assertThat(attributes.of(client("acme@north", CERTIFICATE)))
                .isEqualTo(Map.of("tenant", "acme", "unit", "Field", "both", "tcp:default/c1", "kind", "meter"));
        assertThat(attributes.of(client(null, null))).isEqualTo(Map.of("both", "tcp:default/c1", "kind", "meter"));
        assertThat(attributes.of(client("plain", null))).doesNotContainKey("tenant");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "tenant; NAME: TEXT ~ EXPRESSION",
                "a: ${clientid} | a: ${username}; each name once",
                "a: ${password}; one of the placeholders",
                "a: ${client_attrs.b}; other placeholders than client_attrs",
                "a: ${username} ~ (; a regular expression"
            })
    void givenMistake_whenRead_thenOneSentenceSaysWhatWasExpectedAndNothingCounts(String text, String sentence) {
        Keys keys = keys(text);

        ClientAttributes attributes = ClientAttributes.read(keys, "clientAttributes");

        assertThat(keys.problems()).singleElement().asString().contains(sentence);
        assertThat(attributes.sources()).isEmpty();
    }
}
