// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jwt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.sun.net.httpserver.HttpServer;
import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Credentials;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class KeySetTest {
    private static final Duration REFRESH = Duration.ofDays(1);
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private static KeyPair old;
    private static KeyPair fresh;

    private final AtomicLong nanos = new AtomicLong();
    private final Queue<CompletableFuture<String>> asked = new ArrayDeque<>();
    private KeySet set;

    @BeforeAll
    static void keys() throws Exception {
        old = Tokens.rsa(2048);
        fresh = Tokens.rsa(2048);
    }

    @AfterEach
    void end() {
        if (set != null) {
            set.close();
        }
    }

    @Test
    void givenKeyOfASet_whenAskedFor_thenItAloneIsGiven() throws Exception {
        open();

        next().complete(json(rsa("old", old), rsa("fresh", fresh)));

        assertThat(ids(set.keys(header("fresh")))).containsExactly("fresh");
        assertThat(ids(set.keys(header(null)))).containsExactly("old", "fresh");
        assertThat(waiting()).isZero();
    }

    @Test
    void givenSetThatIsBeingRead_whenManyAsk_thenAllWaitForTheOneReading() throws Exception {
        open();
        CompletableFuture<String> reading = next();

        List<CompletionStage<List<VerificationKey>>> many =
                List.of(set.keys(header("old")), set.keys(header("old")), set.keys(header("none")));
        reading.complete(json(rsa("old", old)));

        assertThat(ids(many.get(0))).containsExactly("old");
        assertThat(ids(many.get(1))).containsExactly("old");
        assertThat(ids(many.get(2))).isEmpty();
        assertThat(waiting()).isZero();
    }

    @Test
    void givenUnknownKeys_whenAskedForAgainAndAgain_thenTheSetIsReadOncePerPause() throws Exception {
        open();
        next().complete(json(rsa("old", old)));

        assertThat(ids(set.keys(header("fresh")))).isEmpty();
        assertThat(waiting()).as("it was read just now").isZero();
        nanos.addAndGet(PAUSE.toNanos());
        CompletionStage<List<VerificationKey>> rotated = set.keys(header("fresh"));
        next().complete(json(rsa("fresh", fresh)));

        assertThat(ids(rotated)).containsExactly("fresh");
        assertThat(ids(set.keys(header("old")))).as("withdrawn").isEmpty();
        assertThat(waiting()).isZero();
    }

    @Test
    void givenServerThatFailsLater_whenAsked_thenTheKeysOfBeforeCount() throws Exception {
        open();
        next().complete(json(rsa("old", old)));
        assertThat(ids(set.keys(header("old")))).containsExactly("old");
        nanos.addAndGet(PAUSE.toNanos());

        CompletionStage<List<VerificationKey>> unknown = set.keys(header("fresh"));
        next().completeExceptionally(new IllegalStateException("down"));

        assertThat(ids(unknown)).isEmpty();
        assertThat(ids(set.keys(header("old")))).containsExactly("old");
        for (String garbage : List.of("", "garbage", "[]", "{\"keys\": 7}", "{\"keys\": [{\"kty\": \"RSA\"}]}")) {
            nanos.addAndGet(PAUSE.toNanos());
            set.keys(header("fresh"));
            next().complete(garbage);
            assertThat(ids(set.keys(header("old")))).as(garbage).containsExactly("old");
        }
    }

    @Test
    void givenServerThatIsDownAtStart_whenAsked_thenItIsAnErrorUntilItIsBack() throws Exception {
        open();
        next().completeExceptionally(new IllegalStateException("jwks http://keys: no connection"));

        assertThatThrownBy(() -> ids(set.keys(header("old"))))
                .hasStackTraceContaining("no keys yet to check tokens with: jwks http://keys: no connection");
        assertThat(waiting()).isZero();
        nanos.addAndGet(PAUSE.toNanos());
        CompletionStage<List<VerificationKey>> again = set.keys(header("old"));
        next().complete(json(rsa("old", old)));

        assertThat(ids(again)).containsExactly("old");
    }

    @Test
    void givenKeysThatCheckNoSignatures_whenRead_thenTheyAreLeftOut() throws Exception {
        KeyPair weak = Tokens.rsa(1024);
        JWK secret = new OctetSequenceKey.Builder("0123456789abcdef0123456789abcdef".getBytes(UTF_8))
                .keyID("secret")
                .build();
        JWK encryption = new RSAKey.Builder((RSAPublicKey) fresh.getPublic())
                .keyID("enc")
                .keyUse(com.nimbusds.jose.jwk.KeyUse.ENCRYPTION)
                .build();
        JWK other = new RSAKey.Builder((RSAPublicKey) fresh.getPublic())
                .keyID("ps")
                .algorithm(JWSAlgorithm.PS256)
                .build();
        JWK ec = new ECKey.Builder(Curve.P_256, (ECPublicKey) Tokens.ec().getPublic())
                .keyID("ec")
                .build();
        String unknown = "{\"kty\":\"LATTICE\",\"kid\":\"later\"}";
        open();

        next().complete(json(secret, encryption, other, ec, rsa("weak", weak), rsa("old", old))
                .replaceFirst("\\[", "[" + unknown + ","));

        assertThat(ids(set.keys(header(null)))).containsExactly("old");
        assertThat(ids(set.keys(new JWSHeader(JWSAlgorithm.HS256)))).isEmpty();
        assertThat(ids(set.keys(new JWSHeader(JWSAlgorithm.ES256)))).containsExactly("ec");
        assertThat(ids(set.keys(new JWSHeader(JWSAlgorithm.PS256)))).containsExactly("ps", "old");
    }

    @Test
    void givenSetOnAServer_whenTokensCome_thenTheyAreChecked() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] body = json(rsa("old", old)).getBytes(UTF_8);
        server.createContext("/keys", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
        JwtAuthenticator authenticator = new JwtAuthenticator(
                Map.of("jwks", "http://127.0.0.1:" + server.getAddress().getPort() + "/keys"));

        AuthResult right = JwtAuthenticatorTest.get(authenticator, token(Tokens.rsa(old, "old", Map.of())));
        AuthResult wrong = JwtAuthenticatorTest.get(authenticator, token(Tokens.rsa(fresh, "old", Map.of())));
        authenticator.close();
        server.stop(0);

        assertThat(right).isInstanceOf(AuthResult.Accepted.class);
        assertThat(wrong).isInstanceOf(AuthResult.Rejected.class);
    }

    private static Credentials token(String token) {
        return new Credentials(JwtAuthenticatorTest.client("c1", null), token.getBytes(UTF_8));
    }

    private void open() throws Exception {
        set = new KeySet(
                "jwks test",
                () -> {
                    CompletableFuture<String> text = new CompletableFuture<>();
                    synchronized (asked) {
                        asked.add(text);
                        asked.notifyAll();
                    }
                    return text;
                },
                Executors.newSingleThreadScheduledExecutor(),
                REFRESH,
                PAUSE,
                nanos::get);
    }

    /** The next reading that has begun. */
    private CompletableFuture<String> next() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        synchronized (asked) {
            while (asked.isEmpty() && System.nanoTime() < deadline) {
                asked.wait(100);
            }
            return asked.remove();
        }
    }

    private int waiting() {
        synchronized (asked) {
            return asked.size();
        }
    }

    private static JWK rsa(String id, KeyPair pair) {
        return new RSAKey.Builder((RSAPublicKey) pair.getPublic()).keyID(id).build();
    }

    private static String json(JWK... keys) {
        return new JWKSet(List.of(keys)).toString(false);
    }

    private static JWSHeader header(String id) {
        return new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(id).build();
    }

    private static List<String> ids(CompletionStage<List<VerificationKey>> keys) throws Exception {
        return keys.toCompletableFuture().get(20, TimeUnit.SECONDS).stream()
                .map(VerificationKey::id)
                .toList();
    }
}
