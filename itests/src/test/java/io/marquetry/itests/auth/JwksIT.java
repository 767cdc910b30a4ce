// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import static io.marquetry.itests.auth.Guarded.ACCEPTED;
import static io.marquetry.itests.auth.Guarded.BAD_USER_NAME_OR_PASSWORD;
import static io.marquetry.itests.auth.Guarded.SERVER_UNAVAILABLE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Keys that a server hands out, one that comes and goes, against the archive with marquetry-auth-jwt.jar. */
class JwksIT {
    private static final String PID = "io.marquetry.auth.jwt";
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int BYTES = 32;

    private final int port = BrokerProcess.freePort();
    private final AtomicInteger readings = new AtomicInteger();
    private HttpServer server;

    @AfterEach
    void end() {
        if (server != null) {
            server.stop(0);
        }
    }

    @Test
    void givenServerOfKeys_whenItIsDownAndComesAndGoes_thenTokensCountByTheKeysThatAreKnown() throws Exception {
        KeyPair first = pair();
        KeyPair second = pair();
        try (Guarded guarded = Guarded.by(
                "marquetry-auth-jwt",
                BrokerSettings.defaults()
                        .conf(PID, "jwks", "http://127.0.0.1:" + port + "/keys")
                        .conf(PID, "retrySeconds", "1"))) {
            guarded.broker().log().allow("auth\\.jwt");
            assertThat(guarded.code("early", "any", token("first", first))).isEqualTo(SERVER_UNAVAILABLE);

            serve("{\"keys\":[" + key("first", first) + "]}");
            Patience.until(
                    "the first key to be known",
                    LIMIT,
                    () -> guarded.code("c", "any", token("first", first)) == ACCEPTED);
            assertThat(guarded.code("c", "any", token("first", second))).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
            Probe stays = guarded.connected("stays", "any", token("first", first));

            server.stop(0);
            for (int i = 0; i < 20; i++) {
                assertThat(guarded.code("late", "any", token("first", first))).isEqualTo(ACCEPTED);
                assertThat(guarded.code("stranger", "any", token("second", second)))
                        .isGreaterThanOrEqualTo(0x80);
            }
            stays.ping();

            serve("{\"keys\":[" + key("first", first) + "," + key("second", second) + "]}");
            Patience.until(
                    "the second key to be known",
                    LIMIT,
                    () -> guarded.code("new", "any", token("second", second)) == ACCEPTED);
            assertThat(guarded.code("late", "any", token("first", first))).isEqualTo(ACCEPTED);
            stays.ping();
        }
    }

    @Test
    void givenServerOfKeys_whenItAnswersGarbage_thenNobodyIsLetInAndItIsAskedAgain() throws Exception {
        KeyPair first = pair();
        serve("<html>Sign in</html>");
        try (Guarded guarded = Guarded.by(
                "marquetry-auth-jwt",
                BrokerSettings.defaults()
                        .conf(PID, "jwks", "http://127.0.0.1:" + port + "/keys")
                        .conf(PID, "retrySeconds", "1"))) {
            guarded.broker().log().allow("auth\\.jwt");
            assertThat(guarded.code("c", "any", token("first", first))).isEqualTo(SERVER_UNAVAILABLE);
            int before = readings.get();
            Patience.until("another reading", LIMIT, () -> readings.get() > before);

            server.stop(0);
            serve("{\"keys\":[" + key("first", first) + "]}");

            Patience.until(
                    "the key to be known", LIMIT, () -> guarded.code("c", "any", token("first", first)) == ACCEPTED);
        }
    }

    private void serve(String body) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/keys", exchange -> {
            readings.incrementAndGet();
            byte[] bytes = body.getBytes(UTF_8);
            try (exchange) {
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
        server.start();
    }

    private static KeyPair pair() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static String key(String id, KeyPair pair) {
        ECPublicKey key = (ECPublicKey) pair.getPublic();
        return "{\"kty\":\"EC\",\"crv\":\"P-256\",\"use\":\"sig\",\"kid\":\"" + id + "\",\"x\":\""
                + number(key.getW().getAffineX()) + "\",\"y\":\""
                + number(key.getW().getAffineY()) + "\"}";
    }

    private static String number(BigInteger number) {
        byte[] bytes = number.toByteArray();
        byte[] fixed = new byte[BYTES];
        int length = Math.min(bytes.length, BYTES);
        System.arraycopy(bytes, bytes.length - length, fixed, BYTES - length, length);
        return encoded(fixed);
    }

    private static String token(String keyId, KeyPair pair) {
        try {
            String signed = encoded(("{\"alg\":\"ES256\",\"kid\":\"" + keyId + "\"}").getBytes(UTF_8)) + "."
                    + encoded("{}".getBytes(UTF_8));
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(pair.getPrivate());
            signature.update(signed.getBytes(UTF_8));
            return signed + "." + encoded(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
