// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.Certificates;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Version;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** nginx in front: TLS with the PROXY protocol's first version, and WebSocket with X-Forwarded-For. */
@OnlyMarquetry
class NginxIT {
    private static final byte[] CONNECT = {0x10, 14, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 2, 'w', 's'};

    @TempDir
    static Path folder;

    private static Certificates certificates;
    private static FrontDoor door;
    private static Proxy nginx;
    private static int stream;
    private static int http;

    @BeforeAll
    static void start() throws Exception {
        certificates = Certificates.in(Files.createDirectory(folder.resolve("ca")));
        Certificates.Issued server = certificates.server("server", "localhost", "127.0.0.1");
        int behind = BrokerProcess.freePort();
        stream = BrokerProcess.freePort();
        http = BrokerProcess.freePort();
        door = FrontDoor.builder()
                .env("MARQUETRY_LISTENERS__TCP__BEHIND__BIND=127.0.0.1:" + behind)
                .env("MARQUETRY_LISTENERS__TCP__BEHIND__PROXY_PROTOCOL=true")
                .listener(FrontDoor.Type.WS, "TRUSTED_PROXIES=127.0.0.1/32")
                .start();
        nginx = Proxy.nginx(folder, http, """
                http {
                    access_log off;
                    server {
                        listen 127.0.0.1:%d;
                        location /mqtt {
                            proxy_pass http://127.0.0.1:%d;
                            proxy_http_version 1.1;
                            proxy_set_header Upgrade $http_upgrade;
                            proxy_set_header Connection upgrade;
                            proxy_set_header X-Forwarded-For "203.0.113.9, 198.51.100.7";
                        }
                    }
                }
                stream {
                    server {
                        listen 127.0.0.1:%d ssl;
                        ssl_certificate %s;
                        ssl_certificate_key %s;
                        proxy_pass 127.0.0.1:%d;
                        proxy_protocol on;
                    }
                }
                """.formatted(
                        http, door.port(FrontDoor.Type.WS), stream, server.certificate(), server.key(), behind));
    }

    @AfterAll
    static void stop() throws Exception {
        nginx.close();
        door.close();
    }

    @Test
    void givenTlsEndsAtTheProxy_whenAClientConnects_thenItsOwnPortIsKnown() throws Exception {
        try (Probe client = Probe.secure(stream, Version.V5, certificates.context(null))) {

            client.connectOk(Packets.connect("stream"));

            assertThat(door.shell("mqtt:client-info", "stream")).contains("127.0.0.1:" + client.localPort());
            assertThat(client.publish("a/b", "x", 2)).isLessThan(0x80);
        }
    }

    @Test
    void givenTrustedProxy_whenABrowserComesByWebSocket_thenTheAddressBehindTheProxyCounts() throws Exception {
        try (ConnectedEvents events = new ConnectedEvents(door.broker().port())) {
            CompletableFuture<Integer> first = new CompletableFuture<>();

            WebSocket socket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .subprotocols("mqtt")
                    .buildAsync(URI.create("ws://127.0.0.1:" + http + "/mqtt"), new WebSocket.Listener() {
                        @Override
                        public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
                            first.complete(data.get(0) & 0xFF);
                            return WebSocket.Listener.super.onBinary(from, data, last);
                        }
                    })
                    .get(10, TimeUnit.SECONDS);
            socket.sendBinary(ByteBuffer.wrap(CONNECT), true).get(10, TimeUnit.SECONDS);

            assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(0x20); // CONNACK
            assertThat(events.of("ws").get("ipaddress").asText()).isEqualTo("198.51.100.7");
            socket.abort();
        }
    }
}
