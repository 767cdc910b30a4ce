// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.PeerCertificate;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateAuthenticatorTest {
    private static final PeerCertificate ADA = new PeerCertificate("ada", "CN=ada,O=Example");
    private static final AuthResult REJECTED = new AuthResult.Rejected(ReasonCode.NOT_AUTHORIZED);

    private static AuthResult ask(
            Map<String, Object> keys, String clientId, @Nullable String user, @Nullable PeerCertificate certificate) {
        ClientInfo client = new ClientInfo(
                clientId, user, ProtocolVersion.MQTT_5, null, "ssl:default", true, 60, 0, certificate, "");
        return new CertificateAuthenticator(keys)
                .authenticate(new Credentials(client, null))
                .toCompletableFuture()
                .join();
    }

    @ParameterizedTest
    @CsvSource({
        "username, cn, meter, ada, true",
        "username, cn, ada, bob, false",
        "username, cn, ada, ADA, false",
        "username, cn, ada, , false",
        "clientid, cn, ada, bob, true",
        "clientid, cn, meter, ada, false",
        "username, dn, meter, 'CN=ada,O=Example', true",
        "username, dn, meter, 'cn=ada, o=Example', true",
        "username, dn, meter, 'CN=ada', false",
        "username, dn, meter, 'ada', false",
        "username, dn, meter, '', false"
    })
    void givenCertificate_whenAsked_thenAcceptedWhenItNamesTheClient(
            String match, String field, String clientId, @Nullable String user, boolean accepted) {
        AuthResult answer = ask(Map.of("match", match, "field", field), clientId, user, ADA);

        assertThat(answer).isEqualTo(accepted ? AuthResult.ACCEPTED : REJECTED);
    }

    @Test
    void givenNoCertificate_whenAsked_thenAbstains() {
        assertThat(ask(Map.of(), "ada", "ada", null)).isEqualTo(AuthResult.ABSTAINED);
    }

    @Test
    void givenCertificateWithoutName_whenAsked_thenRejected() {
        assertThat(ask(Map.of(), "", "", new PeerCertificate(null, null))).isEqualTo(REJECTED);
        assertThat(ask(Map.of("field", "dn"), "", "", new PeerCertificate(null, "")))
                .isEqualTo(REJECTED);
    }

    @Test
    void givenMismatchAbstains_whenCertificateNamesAnother_thenAbstains() {
        assertThat(ask(Map.of("mismatch", "abstain"), "c", "bob", ADA)).isEqualTo(AuthResult.ABSTAINED);
    }

    @Test
    void givenWrongKey_whenActivated_thenTheSentenceNamesIt() {
        assertThatThrownBy(() -> new CertificateAuthenticator(Map.of("field", "san")))
                .hasMessageContaining("field = san: expected");
    }
}
