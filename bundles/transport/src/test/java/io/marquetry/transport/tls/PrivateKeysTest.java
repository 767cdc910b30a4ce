// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys as the program openssl writes them. */
class PrivateKeysTest {
    @TempDir
    private Path directory;

    private OpenSsl openssl;

    @BeforeEach
    void start() {
        openssl = new OpenSsl(directory);
    }

    @ParameterizedTest
    @CsvSource({
        "genrsa -out key 2048, RSA",
        "genrsa -traditional -out key 2048, RSA",
        "ecparam -name prime256v1 -genkey -out key, EC",
        "ecparam -name secp384r1 -genkey -noout -out key, EC",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key, EC",
        "genpkey -algorithm ED25519 -out key, EdDSA",
        "genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out key, RSASSA-PSS"
    })
    void givenKeyOfOpenssl_whenRead_thenOfItsAlgorithm(String command, String algorithm) throws Exception {
        openssl.must(command);

        PrivateKey key = PrivateKeys.read(openssl.file("key"), "");

        assertThat(key.getAlgorithm()).isEqualTo(algorithm);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-v2 aes-128-cbc", "-v2 aes-256-cbc -v2prf hmacWithSHA512", "-v1 PBE-SHA1-3DES"})
    void givenEncryptedKey_whenReadWithItsPassword_thenTheKeyItWas(String form) throws Exception {
        openssl.must("genrsa -out plain 2048");
        openssl.must(("pkcs8 -topk8 -in plain -passout pass:secret-word -out key " + form).trim());

        PrivateKey key = PrivateKeys.read(openssl.file("key"), "secret-word");

        assertThat(key).isEqualTo(PrivateKeys.read(openssl.file("plain"), ""));
    }

    @Test
    void givenEncryptedKey_whenPasswordIsWrongOrMissing_thenSentenceWithoutIt() {
        openssl.must("genpkey -algorithm RSA -aes256 -pass pass:right -out key");

        assertThatThrownBy(() -> PrivateKeys.read(openssl.file("key"), "mistaken"))
                .isInstanceOf(TlsException.class)
                .hasMessageEndingWith("key cannot be opened: expected its password in keyPassword")
                .hasMessageNotContaining("mistaken");
        assertThatThrownBy(() -> PrivateKeys.read(openssl.file("key"), ""))
                .hasMessageEndingWith("key is encrypted: expected its password in keyPassword");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa -aes128 -traditional", "ec -aes128"})
    void givenOldEncryptedForm_whenRead_thenTheSentenceSaysHowToConvertIt(String form) throws Exception {
        openssl.must("genrsa -out rsa 2048");
        openssl.must("ecparam -name prime256v1 -genkey -noout -out ec");
        openssl.must(form + " -passout pass:secret -in " + form.split(" ")[0] + " -out key");

        assertThatThrownBy(() -> PrivateKeys.read(openssl.file("key"), "secret"))
                .isInstanceOf(TlsException.class)
                .hasMessageContaining("openssl pkcs8 -topk8 -v2 aes-256-cbc -in " + openssl.file("key"));

        OpenSsl.run(
                directory,
                ("pkcs8 -topk8 -v2 aes-256-cbc -passin pass:secret -passout pass:secret -in key -out new").split(" "));
        assertThat(PrivateKeys.read(openssl.file("new"), "secret")).isNotNull();
    }

    @Test
    void givenFormThatTheJvmDoesNotKnow_whenRead_thenTheSentenceSaysHowToConvertIt() {
        openssl.must("genrsa -out plain 2048");
        openssl.must("pkcs8 -topk8 -v2 des3 -in plain -passout pass:secret -out key");

        assertThatThrownBy(() -> PrivateKeys.read(openssl.file("key"), "secret"))
                .isInstanceOf(TlsException.class)
                .hasMessageContaining("openssl pkcs8 -topk8 -v2 aes-256-cbc -in " + openssl.file("key"));
    }

    @Test
    void givenNoKey_whenRead_thenFileAndExpectationAreNamed() throws Exception {
        Files.writeString(openssl.file("text"), "hello");
        Files.writeString(openssl.file("broken"), Pem.text("PRIVATE KEY", new byte[] {0x30, 1, 2}));

        assertThatThrownBy(() -> PrivateKeys.read(openssl.file("absent"), ""))
                .hasMessage(openssl.file("absent") + " does not exist: expected a private key in PEM");
        assertThatThrownBy(() -> PrivateKeys.read(openssl.file("text"), ""))
                .hasMessageContaining("has no block BEGIN PRIVATE KEY");
        assertThatThrownBy(() -> PrivateKeys.read(openssl.file("broken"), ""))
                .hasMessageContaining("has a key that cannot be read: expected");
    }

    @ParameterizedTest
    @ValueSource(strings = {"genrsa -traditional -out key 2048", "ecparam -name prime256v1 -genkey -noout -out key"})
    void givenKeyCutOffAnywhere_whenRead_thenASentence(String command) throws Exception {
        openssl.must(command);
        byte[] whole = Pem.blocks(openssl.file("key"), "a key").get(0).content();
        String label = Pem.blocks(openssl.file("key"), "a key").get(0).label();

        for (int length = 0; length < whole.length; length += 7) {
            Files.writeString(openssl.file("cut"), Pem.text(label, Arrays.copyOf(whole, length)));

            assertThatThrownBy(() -> PrivateKeys.read(openssl.file("cut"), "")).isInstanceOf(TlsException.class);
        }
    }
}
