// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import static io.marquetry.itests.auth.Guarded.ACCEPTED;
import static io.marquetry.itests.auth.Guarded.NOT_AUTHORIZED;
import static io.marquetry.itests.auth.Guarded.SERVER_UNAVAILABLE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Disconnect;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server of the operator's decides, against the archive with marquetry-auth-http.jar in {@code deploy/}. */
class HttpAuthIT {
    private static final String AUTHENTICATOR = "io.marquetry.auth.http.authenticator";
    private static final String AUTHORIZER = "io.marquetry.auth.http.authorizer";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final int port = BrokerProcess.freePort();
    private HttpServer server;
    private Guarded guarded;

    @BeforeEach
    void begin() throws Exception {
        serve();
        guarded = Guarded.by(
                "marquetry-auth-http",
                BrokerSettings.defaults()
                        .conf(AUTHENTICATOR, "url", "http://127.0.0.1:" + port + "/auth")
                        .conf(AUTHORIZER, "url", "http://127.0.0.1:" + port + "/acl"));
    }

    @AfterEach
    void end() {
        if (guarded != null) {
            guarded.close();
        }
        server.stop(0);
    }

    @Test
    void givenServer_whenItDecides_thenThatCounts() {
        assertThat(guarded.code("c1", "alice", "right")).isEqualTo(ACCEPTED);
        assertThat(guarded.code("c1", "alice", "wrong")).isEqualTo(NOT_AUTHORIZED);
        assertThat(guarded.code("c1", "x\",\"password\":\"right", "\"")).isEqualTo(NOT_AUTHORIZED);

        Probe alice = guarded.connected("c1", "alice", "right");
        assertThat(alice.publish("open/a", "1", 1)).isLessThan(0x80);
        assertThat(alice.publish("closed/a", "1", 1)).isEqualTo(NOT_AUTHORIZED);
        assertThat(alice.subscribe("open/#", 1)).isEqualTo(1);
        assertThat(alice.subscribe("closed/#", 1)).isEqualTo(NOT_AUTHORIZED);

        Probe root = guarded.connected("c2", "root", "right");
        assertThat(root.publish("closed/a", "1", 1)).isLessThan(0x80);

        Probe ruled = guarded.connected("c3", "ruled", "right");
        assertThat(ruled.publish("open/forbidden", "1", 1)).isEqualTo(NOT_AUTHORIZED);
        assertThat(ruled.publish("own/c3", "1", 1)).isLessThan(0x80);

        Probe brief = guarded.connected("c4", "brief", "right");
        assertThat(brief.await(Disconnect.class).code()).isEqualTo(NOT_AUTHORIZED);
    }

    @Test
    void givenServerThatGoesDown_whenClientsPublish_thenTheyGoOn_whenItIsBack_thenNewOnesGetIn() throws Exception {
        guarded.broker().log().allow("auth\\.http");
        Probe alice = guarded.connected("c1", "alice", "right");
        assertThat(alice.subscribe("open/#", 1)).isEqualTo(1);
        assertThat(alice.publish("open/a", "1", 1)).isLessThan(0x80);

        server.stop(0);

        for (int i = 0; i < 20; i++) {
            assertThat(guarded.code("late", "alice", "right")).isEqualTo(SERVER_UNAVAILABLE);
            assertThat(alice.publish("open/a", "1", 1)).isLessThan(0x80);
        }
        alice.ping();

        serve();
        Patience.until(
                "clients to be accepted again",
                Duration.ofSeconds(60),
                () -> guarded.code("late", "alice", "right") == ACCEPTED);
        alice.ping();
    }

    private void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/auth", exchange -> answer(exchange, auth(JSON.readTree(exchange.getRequestBody()))));
        server.createContext("/acl", exchange -> answer(exchange, acl(JSON.readTree(exchange.getRequestBody()))));
        server.start();
    }

    private static String auth(JsonNode asked) {
        if (!asked.path("password").asText().equals("right")) {
            return "{\"result\":\"deny\"}";
        }
        return switch (asked.path("username").asText()) {
            case "alice" -> "{\"result\":\"allow\"}";
            case "root" -> "{\"result\":\"allow\",\"is_superuser\":true}";
            case "brief" ->
                "{\"result\":\"allow\",\"expire_at\":" + (Instant.now().getEpochSecond() + 3) + "}";
            case "ruled" ->
                "{\"result\":\"allow\",\"client_attrs\":{\"home\":\"own\"},\"acl\":["
                        + "{\"permission\":\"deny\",\"action\":\"all\",\"topic\":\"open/forbidden\"},"
                        + "{\"permission\":\"allow\",\"action\":\"all\",\"topic\":\"${client_attrs.home}/${clientid}\"}]}";
            default -> "{\"result\":\"deny\"}";
        };
    }

    private static String acl(JsonNode asked) {
        return "{\"result\":\"" + (asked.path("topic").asText().startsWith("open/") ? "allow" : "deny") + "\"}";
    }

    private static void answer(HttpExchange exchange, String json) throws IOException {
        byte[] bytes = json.getBytes(UTF_8);
        try (exchange) {
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
