// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support.web;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WebClientTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    /** Enough for an answer from this machine, however busy it is, and soon over. */
    private static final Duration ENOUGH = Duration.ofSeconds(4);

    private static final Duration SHORT = Duration.ofMillis(200);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        threads.shutdownNow();
    }

    @Test
    void givenServerThatIsDown_whenAsked_thenTheErrorNamesItAndNotTheQuery() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        WebClient client = client(8, 8, LONG);

        assertThatThrownBy(() -> get(client.send(request(port, "/?password=secret"))))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("GET test: no connection")
                .hasMessageNotContaining("secret");
    }

    @Test
    void givenServerThatHangs_whenAsked_thenTheDeadlineCountsAndTheNextIsAsked() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        int port = serve(exchange -> {
            if (asked.incrementAndGet() == 1) {
                await(never);
            }
            exchange.sendResponseHeaders(204, -1);
        });
        WebClient client = client(1, 1, ENOUGH);

        assertThatThrownBy(() -> get(client.send(request(port, "/"))))
                .isInstanceOf(IOException.class)
                .hasMessage("GET test: no answer within 4000 ms");
        assertThat(get(client.send(request(port, "/"))).status()).isEqualTo(204);
        never.countDown();
    }

    @Test
    void givenBodyThatNeverEnds_whenAsked_thenTheDeadlineCoversIt() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        int port = serve(exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            await(never);
        });
        WebClient client = client(1, 1, SHORT);

        assertThatThrownBy(() -> get(client.send(request(port, "/")))).hasMessageContaining("no answer within 200 ms");
        never.countDown();
    }

    @Test
    void givenHugeAnswer_whenAsked_thenItIsNotCollected() throws Exception {
        int port = serve(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            for (int i = 0; i < 1000; i++) {
                exchange.getResponseBody().write(new byte[1024]);
            }
        });
        WebClient client = client(1, 1, LONG);

        assertThatThrownBy(() -> get(client.send(request(port, "/"))))
                .hasMessage("GET test: expected an answer of at most 65536 bytes, got more");
    }

    @Test
    void givenRedirect_whenAsked_thenItIsNotFollowed() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        int port = serve(exchange -> {
            asked.incrementAndGet();
            exchange.getResponseHeaders().set("Location", "/elsewhere");
            exchange.sendResponseHeaders(302, -1);
        });

        assertThat(get(client(1, 1, LONG).send(request(port, "/"))).status()).isEqualTo(302);
        assertThat(asked).hasValue(1);
    }

    @Test
    void givenMoreRequestsThanMayBe_whenSent_thenSomeWaitAndTheRestFailAtOnce() throws Exception {
        Semaphore arrived = new Semaphore(0);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        int port = serve(exchange -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            arrived.release();
            await(go);
            now.decrementAndGet();
            exchange.sendResponseHeaders(204, -1);
        });
        WebClient client = client(2, 3, LONG);
        List<CompletableFuture<WebClient.Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            answers.add(client.send(request(port, "/")));
        }
        assertThat(arrived.tryAcquire(2, 20, TimeUnit.SECONDS)).isTrue();

        assertThatThrownBy(() -> get(client.send(request(port, "/"))))
                .hasMessage("GET test: 2 requests are under way and 3 wait; this one is not sent");
        go.countDown();

        for (CompletableFuture<WebClient.Answer> answer : answers) {
            assertThat(get(answer).status()).isEqualTo(204);
        }
        assertThat(most).hasValue(2);
    }

    @Test
    void givenRequestThatWaitsTooLong_whenItsTurnComes_thenItIsNotSent() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        int port = serve(exchange -> {
            if (asked.incrementAndGet() == 1) {
                await(go);
            }
            exchange.sendResponseHeaders(204, -1);
        });
        WebClient client = client(1, 1, ENOUGH);
        CompletableFuture<WebClient.Answer> first = client.send(request(port, "/"));
        CompletableFuture<WebClient.Answer> second = client.send(request(port, "/"));

        assertThatThrownBy(() -> get(first)).hasMessageContaining("no answer within");
        assertThatThrownBy(() -> get(second)).hasMessageContaining("no answer within");
        go.countDown();
        assertThat(get(client.send(request(port, "/last"))).status()).isEqualTo(204);
        assertThat(asked).hasValue(2);
    }

    @Test
    void givenKeptConnectionThatTheServerCloses_whenUsedAgain_thenTheRequestIsSentAnew() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        open.add(server);
        threads.execute(() -> {
            // The first connection answers once, and is closed in answer to the second request on it.
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    connections.incrementAndGet();
                    BufferedReader reader =
                            new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
                    readHeader(reader);
                    socket.getOutputStream().write("HTTP/1.1 204 No Content\r\n\r\n".getBytes(US_ASCII));
                    readHeader(reader);
                } catch (IOException e) {
                    // the next connection, or the end of the test
                }
            }
        });
        WebClient client = client(1, 1, LONG);

        HttpRequest post = HttpRequest.newBuilder(uri(server.getLocalPort(), "/"))
                .POST(HttpRequest.BodyPublishers.ofString("x"))
                .build();

        assertThat(get(client.send(post)).status()).isEqualTo(204);
        assertThat(get(client.send(post)).status()).isEqualTo(204);
        assertThat(connections).hasValue(2);
    }

    private static void readHeader(BufferedReader reader) throws IOException {
        String line = reader.readLine();
        while (line != null && !line.isEmpty()) {
            line = reader.readLine();
        }
        reader.read(); // the body
    }

    @Test
    void givenOpenRequests_whenClosed_thenTheyFailAndNoneIsTaken() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        int port = serve(exchange -> await(never));
        WebClient client = client(1, 1, LONG);
        CompletableFuture<WebClient.Answer> sent = client.send(request(port, "/"));
        CompletableFuture<WebClient.Answer> waiting = client.send(request(port, "/"));

        client.close();

        assertThatThrownBy(() -> get(sent)).hasMessageContaining("closed");
        assertThatThrownBy(() -> get(waiting)).hasMessageContaining("closed");
        assertThatThrownBy(() -> get(client.send(request(port, "/")))).hasMessageContaining("closed");
        never.countDown();
    }

    private WebClient client(int maxInFlight, int maxQueued, Duration requestTimeout) {
        WebClient client = new WebClient(
                "test",
                "GET test",
                new WebClient.Limits(maxInFlight, maxQueued, Duration.ofSeconds(5), requestTimeout, 65_536),
                null);
        open.add(client);
        return client;
    }

    private int serve(HttpHandler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                handler.handle(exchange);
            }
        });
        server.start();
        open.add(() -> server.stop(0));
        return server.getAddress().getPort();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static URI uri(int port, String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    private static HttpRequest request(int port, String path) {
        return HttpRequest.newBuilder(uri(port, path)).build();
    }

    private static WebClient.Answer get(CompletableFuture<WebClient.Answer> answer) throws Exception {
        try {
            return answer.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw (Exception) e.getCause();
        }
    }
}
