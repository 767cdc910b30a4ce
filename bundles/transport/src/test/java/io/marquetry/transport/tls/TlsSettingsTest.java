// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.config.Keys;
import io.marquetry.transport.tls.TlsSettings.Provider;
import io.marquetry.transport.tls.TlsSettings.Verify;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsSettingsTest {
    @Test
    void givenNothing_whenRead_thenDefaults() {
        TlsSettings settings = TlsSettings.read(TlsFixture.keys());

        assertThat(settings)
                .isEqualTo(new TlsSettings(
                        Provider.AUTO,
                        List.of(),
                        List.of(),
                        "",
                        Verify.NONE,
                        null,
                        null,
                        10,
                        List.of("TLSv1.3", "TLSv1.2"),
                        List.of(),
                        true,
                        15,
                        true,
                        20_480,
                        7200));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "certFile | a.pem,b.pem | keyFile = : expected one file for each of certFile",
                "verify | required | caFile = : expected a PEM file with the certificates that client certificates come",
                "verify | peer | verify = peer: expected one of none, optional, required",
                "crlFile | a.crl | crlFile = a.crl: expected verify = optional or required with it",
                "versions | TLSv1.1 | versions = TLSv1.1: expected TLSv1.3, TLSv1.2, or both with a comma",
                "ciphers | RC4-MD5 | ciphers = RC4-MD5: expected cipher suites with commas, of TLS_",
                "ciphers | TLS_AES_128_GCM_SHA256 | at least one cipher suite of TLSv1.2",
                "sslProvider | gnutls | sslProvider = gnutls: expected one of auto, openssl, jdk",
                "sessionTimeoutSeconds | 700000 | a whole number from 1 to 604800"
            })
    void givenValueThatCannotBeUsed_whenRead_thenTheSentenceSaysWhatIsExpected(String key, String value, String part) {
        Keys keys = TlsFixture.keys(key, value);

        TlsSettings.read(keys);

        assertThat(keys.problems()).hasSize(1).first().asString().contains(part);
    }

    @Test
    void givenOpenSsl_whenSomeCiphersOfVersion13AreChosen_thenTheSentenceSaysThatItHasNoChoice() {
        Keys keys =
                TlsFixture.keys("sslProvider", "openssl", "versions", "TLSv1.3", "ciphers", "TLS_AES_128_GCM_SHA256");

        TlsSettings.read(keys);

        assertThat(keys.problems())
                .singleElement()
                .asString()
                .contains("ciphers = TLS_AES_128_GCM_SHA256: expected all of TLS_AES_128_GCM_SHA256, ")
                .contains("since sslProvider = openssl has no choice among them");
    }

    @Test
    void givenPassword_whenSettingsArePrinted_thenItIsNotThere() {
        TlsSettings settings = TlsFixture.settings(Provider.JDK, "keyPassword", "not-for-logs");

        assertThat(settings.toString()).doesNotContain("not-for-logs");
    }
}
