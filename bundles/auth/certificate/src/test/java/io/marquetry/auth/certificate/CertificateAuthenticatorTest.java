// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.PeerCertificate;
import io.marquetry.api.mqtt.ProtocolVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateAuthenticatorTest {
    private static final PeerCertificate CERTIFICATE = new PeerCertificate("meter-7", "CN=meter-7,O=Works");

    @ParameterizedTest
    @CsvSource({
        "cn, username, meter-7, c, Accepted",
        "cn, username, meter-8, c, Rejected",
        "cn, username, , meter-7, Rejected",
        "cn, clientid, u, meter-7, Accepted",
        "cn, clientid, meter-7, c, Rejected",
        "cn, any, u, c, Accepted",
        "DN, username, 'CN=meter-7,O=Works', c, Accepted",
        "dn, username, meter-7, c, Rejected"
    })
    void givenCertificate_whenAsked_thenTheNamesDecide(
            String field, String matches, @Nullable String user, String clientId, String answer) {
        CertificateAuthenticator authenticator = new CertificateAuthenticator(field, matches);

        assertThat(ask(authenticator, user, clientId, CERTIFICATE).getClass().getSimpleName())
                .isEqualTo(answer);
    }

    @Test
    void givenNoCertificate_whenAsked_thenTheNextOneIs() {
        assertThat(ask(new CertificateAuthenticator("cn", "any"), "u", "c", null))
                .isEqualTo(AuthResult.ABSTAINED);
    }

    @Test
    void givenCertificateWithoutName_whenAsked_thenRejected() {
        PeerCertificate nameless = new PeerCertificate(null, null);

        assertThat(ask(new CertificateAuthenticator("cn", "any"), "u", "c", nameless))
                .isInstanceOf(AuthResult.Rejected.class);
    }

    @Test
    void givenWordThatIsNone_whenConfigured_thenTheSentenceListsThem() {
        assertThatThrownBy(() -> new CertificateAuthenticator("san", "any"))
                .hasMessage("expected field to be one of cn, dn, got \"san\"");
    }

    private static AuthResult ask(
            CertificateAuthenticator authenticator,
            @Nullable String user,
            String clientId,
            @Nullable PeerCertificate certificate) {
        ClientInfo client = new ClientInfo(
                clientId, user, ProtocolVersion.MQTT_5, null, "ssl:default", true, 60, 0, certificate, "");
        return authenticator
                .authenticate(new Credentials(client, null))
                .toCompletableFuture()
                .join();
    }
}
