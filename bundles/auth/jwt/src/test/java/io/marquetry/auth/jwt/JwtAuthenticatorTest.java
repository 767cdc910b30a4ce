// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jwt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.util.Base64URL;
import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JwtAuthenticatorTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";
    private static final long NOW = 1_800_000_000L;

    @TempDir
    private Path folder;

    @Test
    void givenSignedToken_whenChecked_thenItsClaimsSayWhatTheClientMay() throws Exception {
        String token = Tokens.hmac(
                SECRET,
                Map.of(
                        "exp",
                        NOW + 60,
                        "acl",
                        Map.of("pub", List.of("t/${clientid}")),
                        "client_attrs",
                        Map.of("site", "north"),
                        "is_superuser",
                        true));

        AuthResult.Accepted accepted = accepted(authenticate(hmac(), token));

        assertThat(accepted.rules()).extracting(AccessRule::toString).containsExactly("allow publish t/${clientid}");
        assertThat(accepted.attributes()).containsExactly(Map.entry("site", "north"));
        assertThat(accepted.expiresAt()).isEqualTo((NOW + 60 + 10) * 1000);
        assertThat(accepted.superuser()).as("only where superuserClaim says so").isFalse();
    }

    @Test
    void givenNamesOfClaims_whenChecked_thenTheyAreTheOnesThatCount() throws Exception {
        String token = Tokens.hmac(
                SECRET,
                Map.of(
                        "exp",
                        NOW + 60,
                        "rights",
                        List.of(),
                        "acl",
                        "nonsense",
                        "tags",
                        Map.of("a", "b"),
                        "root",
                        true));
        Map<String, Object> config = hmac(
                "aclClaim",
                "rights",
                "attributesClaim",
                "tags",
                "superuserClaim",
                "root",
                "disconnectAtExpiry",
                "false");

        AuthResult.Accepted accepted = accepted(authenticate(config, token));

        assertThat(accepted.superuser()).isTrue();
        assertThat(accepted.attributes()).containsEntry("a", "b");
        assertThat(accepted.expiresAt()).isZero();
    }

    @Test
    void givenEachKindOfKey_whenItHasSigned_thenAccepted_whenAnotherHas_thenRejected() throws Exception {
        KeyPair rsa = Tokens.rsa(2048);
        KeyPair ec = Tokens.ec();
        KeyPair ed = Tokens.ed25519();

        assertThat(authenticate(publicKey(rsa), Tokens.rsa(rsa, null, Map.of())))
                .isInstanceOf(AuthResult.Accepted.class);
        assertThat(authenticate(publicKey(ec), Tokens.ec(ec, Map.of()))).isInstanceOf(AuthResult.Accepted.class);
        for (String algorithm : List.of("EdDSA", "Ed25519")) {
            String header = "{\"alg\":\"" + algorithm + "\"}";
            assertThat(authenticate(publicKey(ed), Tokens.ed25519(ed, header, Map.of())))
                    .isInstanceOf(AuthResult.Accepted.class);
            assertThat(authenticate(publicKey(ed), Tokens.ed25519(Tokens.ed25519(), header, Map.of())))
                    .isInstanceOf(AuthResult.Rejected.class);
        }
        assertThat(authenticate(publicKey(rsa), Tokens.rsa(Tokens.rsa(2048), null, Map.of())))
                .isInstanceOf(AuthResult.Rejected.class);
        assertThat(authenticate(publicKey(ec), Tokens.ec(Tokens.ec(), Map.of())))
                .isInstanceOf(AuthResult.Rejected.class);
        assertThat(authenticate(hmac(), Tokens.hmac(SECRET.replace('0', '1'), Map.of())))
                .isInstanceOf(AuthResult.Rejected.class);
    }

    @Test
    void givenPublicKey_whenSomebodySignsWithItAsASecret_thenRejected() throws Exception {
        KeyPair rsa = Tokens.rsa(2048);
        Map<String, Object> config = publicKey(rsa);

        String ofDer = Tokens.hmac(rsa.getPublic().getEncoded(), Map.of());
        String ofPem = Tokens.hmac(Files.readAllBytes(Path.of((String) config.get("publicKeyFile"))), Map.of());

        assertThat(authenticate(config, ofDer)).isInstanceOf(AuthResult.Rejected.class);
        assertThat(authenticate(config, ofPem)).isInstanceOf(AuthResult.Rejected.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "NONE", "nOnE"})
    void givenTokenThatIsNotSigned_whenChecked_thenRejected(String none) throws Exception {
        String token = Tokens.unsigned("{\"alg\":\"" + none + "\"}", "{\"sub\":\"root\"}");

        assertThat(authenticate(hmac(), token)).isInstanceOf(AuthResult.Rejected.class);
    }

    @Test
    void givenCriticalHeader_whenNobodyUnderstandsIt_thenRejected() throws Exception {
        KeyPair ed = Tokens.ed25519();
        String token = Tokens.ed25519(ed, "{\"alg\":\"EdDSA\",\"crit\":[\"x\"],\"x\":1}", Map.of());

        assertThat(authenticate(publicKey(ed), token)).isInstanceOf(AuthResult.Rejected.class);
    }

    @Test
    void givenTokenThatIsChanged_whenChecked_thenRejected() throws Exception {
        String[] parts = Tokens.hmac(SECRET, Map.of("sub", "one")).split("\\.", -1);
        String forged = parts[0] + "." + Base64URL.encode("{\"sub\":\"two\"}") + "." + parts[2];

        assertThat(authenticate(hmac(), forged)).isInstanceOf(AuthResult.Rejected.class);
        assertThat(authenticate(hmac(), parts[0] + "." + parts[1] + ".")).isInstanceOf(AuthResult.Rejected.class);
    }

    @ParameterizedTest
    @CsvSource({
        "exp, -11, false", "exp, -9, true", "exp, 1, true",
        "nbf, 11, false", "nbf, 9, true", "nbf, -100, true",
        "iat, 11, false", "iat, 9, true"
    })
    void givenTimes_whenOffByMoreThanTheClocksMay_thenRejected(String claim, long offset, boolean accepted)
            throws Exception {
        AuthResult result = authenticate(hmac(), Tokens.hmac(SECRET, Map.of(claim, NOW + offset)));

        assertThat(result instanceof AuthResult.Accepted).isEqualTo(accepted);
    }

    @Test
    void givenTimesThatAreNone_whenChecked_thenRejected() throws Exception {
        for (Object time : List.of("soon", "", List.of(), -1, 0, true)) {
            assertThat(authenticate(hmac(), Tokens.hmac(SECRET, Map.of("exp", time))))
                    .as("exp %s", time)
                    .isInstanceOf(AuthResult.Rejected.class);
        }
        Map<String, Object> nothing = new HashMap<>();
        nothing.put("nbf", null);
        assertThat(accepted(authenticate(hmac(), Tokens.hmac(SECRET, Map.of("exp", Long.MAX_VALUE))))
                        .expiresAt())
                .isPositive();
    }

    @Test
    void givenClaimsToCheck_whenTheClientFillsThem_thenOnlyItsOwnTokenCounts() throws Exception {
        Map<String, Object> config = hmac("verifyClaims", "sub=${clientid}, aud=mqtt, level=3");

        assertThat(authenticate(
                        config, Tokens.hmac(SECRET, Map.of("sub", "c1", "aud", List.of("web", "mqtt"), "level", 3))))
                .isInstanceOf(AuthResult.Accepted.class);
        assertThat(authenticate(config, Tokens.hmac(SECRET, Map.of("sub", "c2", "aud", "mqtt", "level", 3))))
                .isInstanceOf(AuthResult.Rejected.class);
        assertThat(authenticate(config, Tokens.hmac(SECRET, Map.of("sub", "c1", "aud", "web", "level", 3))))
                .isInstanceOf(AuthResult.Rejected.class);
        assertThat(authenticate(config, Tokens.hmac(SECRET, Map.of("aud", "mqtt", "level", 3))))
                .isInstanceOf(AuthResult.Rejected.class);
    }

    @Test
    void givenClaimOfWhatTheClientHasNot_whenTheTokenSaysNothing_thenRejected() throws Exception {
        Map<String, Object> config = hmac("verifyClaims", "sub=${client_attrs.tenant}");

        assertThat(authenticate(config, Tokens.hmac(SECRET, Map.of("sub", ""))))
                .isInstanceOf(AuthResult.Rejected.class);
    }

    @Test
    void givenRulesNobodyUnderstands_whenChecked_thenRejected() throws Exception {
        assertThat(authenticate(hmac(), Tokens.hmac(SECRET, Map.of("acl", List.of(Map.of("topic", "a"))))))
                .isInstanceOf(AuthResult.Rejected.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "secret", "a.b", "a.b.c", "a.b.c.d.e", "..", "W10.W10.W10"})
    void givenPasswordThatIsNoToken_whenChecked_thenTheNextOneIsAsked(String password) {
        assertThat(authenticate(hmac(), password)).isInstanceOf(AuthResult.Abstained.class);
        assertThat(authenticate(hmac("missing", "reject"), password)).isInstanceOf(AuthResult.Rejected.class);
    }

    @Test
    void givenNoPassword_whenChecked_thenTheNextOneIsAsked() {
        assertThat(get(authenticator(hmac()), new Credentials(client("c1", null), null)))
                .isInstanceOf(AuthResult.Abstained.class);
    }

    @Test
    void givenHugeToken_whenChecked_thenRejectedUnread() throws Exception {
        String token = Tokens.hmac(SECRET, Map.of("sub", "x".repeat(8192)));

        assertThat(authenticate(hmac(), token)).isInstanceOf(AuthResult.Rejected.class);
        assertThat(authenticate(hmac("maxTokenBytes", "20000"), token)).isInstanceOf(AuthResult.Accepted.class);
    }

    @Test
    void givenTokenInUserName_whenConfiguredSo_thenThatCounts() throws Exception {
        JwtAuthenticator authenticator = authenticator(hmac("from", "username"));
        String token = Tokens.hmac(SECRET, Map.of());

        assertThat(get(authenticator, new Credentials(client("c1", token), null)))
                .isInstanceOf(AuthResult.Accepted.class);
        assertThat(get(authenticator, new Credentials(client("c1", "me"), token.getBytes(UTF_8))))
                .isInstanceOf(AuthResult.Abstained.class);
    }

    @Test
    void givenSecretInFileAndBase64_whenChecked_thenItIsTheSame() throws Exception {
        Path file = Files.writeString(
                folder.resolve("secret"), Base64.getEncoder().encodeToString(SECRET.getBytes(UTF_8)) + "\n");
        Map<String, Object> config = Map.of("secret", "file:" + file, "secretBase64", "true");

        assertThat(authenticate(config, Tokens.hmac(SECRET, Map.of()))).isInstanceOf(AuthResult.Accepted.class);
    }

    @Test
    void givenFewerAlgorithms_whenAnotherIsUsed_thenRejected() throws Exception {
        assertThat(authenticate(hmac("algorithms", "HS384, HS256"), Tokens.hmac(SECRET, Map.of())))
                .isInstanceOf(AuthResult.Accepted.class);
        KeyPair rsa = Tokens.rsa(2048);
        Map<String, Object> config = new HashMap<>(publicKey(rsa));
        config.put("algorithms", "PS256");
        assertThat(authenticate(config, Tokens.rsa(rsa, null, Map.of()))).isInstanceOf(AuthResult.Rejected.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "refreshSeconds=9 | exactly one of secret, publicKeyFile and jwks",
                "secret=x,jwks=http://a/b | exactly one of",
                "secret=tooshort | secret = ***: expected a secret, or something, of at least 32 bytes",
                "secret=file:/nowhere | secret = file:/nowhere: expected secret to name a file that can be read",
                "publicKeyFile=/nowhere | publicKeyFile = /nowhere: expected a file that can be read",
                "jwks=ftp://a/b | jwks = ftp://a/b: expected http://..., https://... or file:PATH",
                "jwks=http://u:p@a/b | expected http://..., https://... or file:PATH",
                "secret=0123456789abcdef0123456789abcdef,algorithms=RS256 | algorithms",
                "secret=0123456789abcdef0123456789abcdef,algorithms=none | algorithms = none: expected some of HS256",
                "secret=0123456789abcdef0123456789abcdef,verifyClaims=sub | CLAIM=TEXT",
                "secret=0123456789abcdef0123456789abcdef,verifyClaims=sub=${nobody} | placeholders",
                "secret=0123456789abcdef0123456789abcdef,from=header | from = header: expected one of password, username"
            })
    void givenConfigurationThatCannotBe_whenMade_thenASentenceSaysWhatWasExpected(String config, String sentence) {
        Map<String, Object> map = new HashMap<>();
        for (String pair : config.trim().split(",", -1)) {
            map.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }

        assertThatThrownBy(() -> authenticator(map))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(sentence.trim().replace(", or something,", ""));
    }

    @Test
    void givenWeakRsaKey_whenMade_thenRefused() throws Exception {
        Map<String, Object> config = publicKey(Tokens.rsa(1024));

        assertThatThrownBy(() -> authenticator(config)).hasMessageContaining("at least 2048 bits, got 1024");
    }

    private Map<String, Object> publicKey(KeyPair pair) throws Exception {
        Path file = folder.resolve(pair.getPublic().hashCode() + ".pem");
        return Map.of("publicKeyFile", Tokens.pem(file, pair).toString());
    }

    private static Map<String, Object> hmac(String... more) {
        Map<String, Object> config = new HashMap<>(Map.of("secret", SECRET));
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return config;
    }

    private static JwtAuthenticator authenticator(Map<String, Object> config) {
        return new JwtAuthenticator(config, () -> Instant.ofEpochSecond(NOW));
    }

    private static AuthResult authenticate(Map<String, Object> config, String password) {
        return get(authenticator(config), new Credentials(client("c1", "u1"), password.getBytes(UTF_8)));
    }

    static AuthResult get(JwtAuthenticator authenticator, Credentials credentials) {
        return authenticator
                .authenticate(credentials)
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    static AuthResult.Accepted accepted(AuthResult result) {
        assertThat(result).isInstanceOf(AuthResult.Accepted.class);
        return (AuthResult.Accepted) result;
    }

    static ClientInfo client(String clientId, String username) {
        return new ClientInfo(clientId, username, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");
    }
}
