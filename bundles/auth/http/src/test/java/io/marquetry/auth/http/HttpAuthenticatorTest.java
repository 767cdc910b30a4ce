// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpAuthenticatorTest {
    @TempDir
    private Path folder;

    private Backend backend;
    private HttpAuthenticator authenticator;

    @BeforeEach
    void begin() throws Exception {
        backend = Backend.start();
    }

    @AfterEach
    void end() {
        if (authenticator != null) {
            authenticator.close();
        }
        backend.close();
    }

    @Test
    void givenServerThatAllows_whenAsked_thenWhatItGrantsCounts() throws Exception {
        long end = System.currentTimeMillis() / 1000 + 60;
        backend.answers(
                200,
                "{\"result\":\"allow\",\"is_superuser\":true,\"client_attrs\":{\"site\":\"north\"},\"expire_at\":" + end
                        + ",\"acl\":[{\"permission\":\"deny\",\"action\":\"publish\",\"topic\":\"a\",\"qos\":[0,1]}],"
                        + "\"more\":null}");

        AuthResult.Accepted accepted = (AuthResult.Accepted) ask("c1", "u1", "p1");

        assertThat(accepted.superuser()).isTrue();
        assertThat(accepted.attributes()).containsExactly(Map.entry("site", "north"));
        assertThat(accepted.expiresAt()).isEqualTo(end * 1000);
        assertThat(accepted.rules())
                .extracting(AccessRule::toString)
                .hasSize(1)
                .allMatch(rule -> rule.startsWith("deny publish a qos"));
        assertThat(backend.last().method()).isEqualTo("POST");
        assertThat(backend.last().contentType()).isEqualTo("application/json");
        assertThat(backend.last().body()).isEqualTo("{\"clientid\":\"c1\",\"username\":\"u1\",\"password\":\"p1\"}");
    }

    @Test
    void givenOtherAnswers_whenAsked_thenTheyAreWhatTheyAre() throws Exception {
        backend.answers(204, "");
        assertThat(ask("c1", "u1", "p1")).isEqualTo(AuthResult.ACCEPTED);
        backend.answers(200, "{\"result\":\"deny\"}");
        assertThat(ask("c1", "u1", "p1")).isInstanceOf(AuthResult.Rejected.class);
        backend.answers(200, "{\"result\":\"ignore\"}");
        assertThat(ask("c1", "u1", "p1")).isInstanceOf(AuthResult.Abstained.class);
        backend.answers(200, "{\"result\":\"allow\",\"expire_at\":1}");
        assertThat(ask("c1", "u1", "p1")).as("expired").isInstanceOf(AuthResult.Rejected.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "500 |      | expected status 200 or 204, got 500",
                "404 |      | expected status 200 or 204, got 404",
                "302 |      | got 302; redirects are not followed",
                "201 |      | expected status 200 or 204, got 201",
                "200 |      | expected JSON",
                "200 | ok   | got 2 bytes \"ok\"",
                "200 | []   | expected an object",
                "200 | {}   | result is null",
                "200 | {\"result\":true} | result is true",
                "200 | {\"result\":\"allow\"} x | expected JSON",
                "200 | {\"result\":\"deny\",\"result\":\"allow\"} | expected JSON",
                "200 | {\"result\":\"allow\",\"is_superuser\":\"true\"} | is_superuser of true or false",
                "200 | {\"result\":\"allow\",\"acl\":7} | list of rules",
                "200 | {\"result\":\"allow\",\"client_attrs\":7} | attributes by name",
                "200 | {\"result\":\"allow\",\"expire_at\":\"soon\"} | seconds since 1970 for expire_at",
                "200 | <html>no</html> | expected JSON with \"result\": \"allow\", \"deny\" or \"ignore\""
            })
    void givenAnswerThatIsNone_whenAsked_thenItIsAnErrorAndNoRefusal(int status, String body, String sentence) {
        backend.answers(status, body == null ? "" : body);

        assertThatThrownBy(() -> ask("c1", "u1", "p1"))
                .isInstanceOf(Verdict.Garbage.class)
                .hasMessageStartingWith("POST " + backend.url("/auth") + ": ")
                .hasMessageContaining(sentence);
    }

    @Test
    void givenAnswerOfManyLevels_whenAsked_thenItIsAnError() {
        backend.answers(200, "[".repeat(30_000));

        assertThatThrownBy(() -> ask("c1", "u1", "p1")).isInstanceOf(Verdict.Garbage.class);
    }

    @Test
    void givenClientError_whenConfiguredSo_thenItIsADenialOrNothing() throws Exception {
        backend.answers(404, "");

        assertThat(ask(config("clientError", "deny"), "c1", "u1", "p1")).isInstanceOf(AuthResult.Rejected.class);
        assertThat(ask(config("clientError", "ignore"), "c1", "u1", "p1")).isInstanceOf(AuthResult.Abstained.class);
        backend.answers(503, "");
        assertThatThrownBy(() -> ask(config("clientError", "ignore"), "c1", "u1", "p1"))
                .hasMessageContaining("got 503");
    }

    @Test
    void givenServerThatIsDown_whenItIsBack_thenItIsAskedAgain() throws Exception {
        int port = backend.port();
        backend.close();
        authenticator = new HttpAuthenticator(config());

        assertThatThrownBy(() -> get("c1", "u1", "p1")).hasMessageContaining("no connection");
        backend = Backend.start(port);

        assertThat(get("c1", "u1", "p1")).isEqualTo(AuthResult.ACCEPTED);
        backend.close();
        assertThatThrownBy(() -> get("c1", "u1", "p1")).hasMessageStartingWith("POST http://127.0.0.1:" + port);
        backend = Backend.start(port);
        assertThat(get("c1", "u1", "p1")).isEqualTo(AuthResult.ACCEPTED);
    }

    @Test
    void givenHostileNames_whenSentAsJson_thenTheyStayTexts() throws Exception {
        String hostile = "x\",\"username\":\"root\",\"a\":\"\\\n\u0000${password}";

        ask(hostile, "u\"1", "p\\");

        Map<?, ?> body = (Map<?, ?>) Json.read(backend.last().body().getBytes(UTF_8));
        assertThat(body).isEqualTo(Map.of("clientid", hostile, "username", "u\"1", "password", "p\\"));
    }

    @Test
    void givenHostileNames_whenSentAsForm_thenTheyStayFields() throws Exception {
        ask(config("contentType", "form"), "c&username=root", "u=1+ %00\u00e9", "p\r\n");

        assertThat(backend.last().contentType()).isEqualTo("application/x-www-form-urlencoded");
        assertThat(backend.last().body())
                .isEqualTo("clientid=c%26username%3Droot&username=u%3D1%2B%20%2500%C3%A9&password=p%0D%0A");
    }

    @Test
    void givenHostileNames_whenSentInTheUrl_thenTheyStayWhereTheyAre() throws Exception {
        Map<String, Object> config = config("method", "GET", "url", backend.url("/u/${clientid}/x?u=${username}"));

        ask(config, "a/b?c#d", "1&admin=1\r\nX: y", "p");

        assertThat(backend.last().method()).isEqualTo("GET");
        assertThat(backend.last().uri()).isEqualTo("/u/a%2Fb%3Fc%23d/x?u=1%26admin%3D1%0D%0AX%3A%20y");
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", ".", "../admin", "a/../../admin", "..\\admin", "a/.."})
    void givenNameThatClimbs_whenItIsPartOfThePath_thenRejectedUnasked(String name) throws Exception {
        Map<String, Object> config = config("url", backend.url("/u/${clientid}"));

        assertThat(ask(config, name, "u", "p")).isInstanceOf(AuthResult.Rejected.class);
        assertThat(backend.count()).isZero();
        authenticator.close();
        assertThat(ask(config("url", backend.url("/u?c=${clientid}")), name, "u", "p"))
                .isEqualTo(AuthResult.ACCEPTED);
    }

    @Test
    void givenPasswords_whenTheyAreLargeOrHaveZeroes_thenTheyArriveWhole_whenTheyAreNoText_thenRejected()
            throws Exception {
        String large = "\u0000" + "\u20ac".repeat(20_000);

        ask("c1", "u1", large);
        assertThat(((Map<?, ?>) Json.read(backend.last().body().getBytes(UTF_8))).get("password"))
                .isEqualTo(large);
        assertThat(result(new Credentials(client("c1", "u1"), new byte[] {(byte) 0xFF, 0})))
                .isInstanceOf(AuthResult.Rejected.class);
        assertThat(result(new Credentials(client("c1", null), null))).isEqualTo(AuthResult.ACCEPTED);
        assertThat(backend.last().body()).isEqualTo("{\"clientid\":\"c1\",\"username\":\"\",\"password\":\"\"}");
    }

    @Test
    void givenHeaders_whenAsked_thenTheyAreSent() throws Exception {
        Path file = Files.writeString(folder.resolve("key"), "s3cret\n");

        ask(config("headers", "X-Key: file:" + file + " | X-Other: a, b"), "c1", "u1", "p1");

        assertThat(backend.last().key()).isEqualTo("s3cret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a=b                                | url = : expected the URL that is asked",
                "url=ftp://a/b                      | url = ftp://a/b: expected http://HOST",
                "url=http://${clientid}/b           | no placeholder in front of the path",
                "url=http://user:pw@a/b             | without a user",
                "url=http://a/../b                  | segments . and ..",
                "url=http://a/b#c                   | without #",
                "url=http://a/${nobody}             | placeholders",
                "url=http://a/,method=PUT           | method = PUT: expected one of get, post",
                "url=http://a/,method=GET,body=x    | body = x: expected none",
                "url=http://a/,body={\"a\":${clientid}} | inside a string",
                "url=http://a/,body=hello           | expected JSON",
                "url=http://a/,headers=nothing      | headers = nothing: ***: expected NAME: VALUE",
                "url=http://a/,headers=Host: b      | headers = Host: ***",
                "url=http://a/,headers=A: file:/no  | headers = A: ***",
                "url=http://a/,maxInFlight=0        | maxInFlight = 0: expected a whole number from 1",
                "url=http://a/,caFile=/nowhere      | caFile = /nowhere: expected a file that can be read"
            })
    void givenConfigurationThatCannotBe_whenMade_thenASentenceSaysWhatWasExpected(String config, String sentence) {
        Map<String, Object> map = new HashMap<>();
        for (String pair : config.trim().split(",", -1)) {
            map.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }

        assertThatThrownBy(() -> new HttpAuthenticator(map))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("conf/io.marquetry.auth.http.authenticator.cfg")
                .hasMessageContaining(sentence.trim());
    }

    private Map<String, Object> config(String... more) {
        Map<String, Object> config = new HashMap<>(Map.of("url", backend.url("/auth")));
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return config;
    }

    private AuthResult ask(String clientId, String username, String password) throws Exception {
        return ask(config(), clientId, username, password);
    }

    private AuthResult ask(Map<String, Object> config, String clientId, String username, String password)
            throws Exception {
        if (authenticator != null) {
            authenticator.close();
        }
        authenticator = new HttpAuthenticator(config);
        return get(clientId, username, password);
    }

    private AuthResult get(String clientId, String username, String password) throws Exception {
        return result(new Credentials(client(clientId, username), password.getBytes(UTF_8)));
    }

    private AuthResult result(Credentials credentials) throws Exception {
        try {
            return authenticator
                    .authenticate(credentials)
                    .toCompletableFuture()
                    .orTimeout(30, TimeUnit.SECONDS)
                    .join();
        } catch (CompletionException e) {
            throw (Exception) e.getCause();
        }
    }

    static ClientInfo client(String clientId, String username) {
        return new ClientInfo(clientId, username, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");
    }
}
