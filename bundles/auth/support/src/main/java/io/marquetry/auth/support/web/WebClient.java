// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support.web;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Asks one HTTP server: so many requests at once and no more, a queue of bounded length behind them, and for each
 * request a deadline that covers the wait, the connection and the last byte of the answer. Connections are kept and
 * used again. Redirects are not followed: an answer counts only from the server that was named. Callable from any
 * thread; nobody is held up.
 *
 * <p>What goes wrong is an {@link IOException} whose sentence names the server and never a query or a body: these hold
 * passwords.
 */
public final class WebClient implements AutoCloseable {
    /** What came back. */
    public record Answer(int status, byte[] body) {}

    /**
     * How much and how long.
     *
     * @param maxInFlight the most requests at once, which is also the most connections
     * @param maxQueued the most that wait for one of these to end; more fail at once
     * @param connectTimeout for the connection alone
     * @param requestTimeout for everything
     * @param maxAnswerBytes the longest body
     */
    public record Limits(
            int maxInFlight, int maxQueued, Duration connectTimeout, Duration requestTimeout, int maxAnswerBytes) {}

    private record Waiting(HttpRequest request, CompletableFuture<Answer> answer) {}

    private final String server;
    private final Limits limits;
    private final ExecutorService threads;
    private final HttpClient client;

    private final Object lock = new Object();
    private final Queue<Waiting> queue = new ArrayDeque<>();
    private final Set<CompletableFuture<?>> inFlight = new HashSet<>();
    private boolean closed;

    /**
     * A client; it connects when it is asked.
     *
     * @param name of the instance, for its threads
     * @param server how errors call the server
     * @param tls whom to trust, or null for the authorities of the JVM
     */
    public WebClient(String name, String server, Limits limits, @Nullable SSLContext tls) {
        this.server = server;
        this.limits = limits;
        AtomicInteger number = new AtomicInteger();
        threads = Executors.newFixedThreadPool(2, task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        HttpClient.Builder builder = HttpClient.newBuilder()
                .executor(threads)
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(limits.connectTimeout());
        client = (tls == null ? builder : builder.sslContext(tls)).build();
    }

    /** Sends a request, now or when it is its turn. */
    public CompletableFuture<Answer> send(HttpRequest request) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        Waiting waiting = new Waiting(request, answer);
        synchronized (lock) {
            if (closed) {
                return CompletableFuture.failedFuture(new IOException(server + ": no longer asked, closed"));
            }
            if (inFlight.size() >= limits.maxInFlight()) {
                if (queue.size() >= limits.maxQueued()) {
                    queue.removeIf(late -> late.answer.isDone());
                }
                if (queue.size() >= limits.maxQueued()) {
                    return CompletableFuture.failedFuture(new IOException(server + ": " + limits.maxInFlight()
                            + " requests are under way and " + queue.size() + " wait; this one is not sent"));
                }
                queue.add(waiting);
            } else {
                inFlight.add(answer);
                start(waiting);
            }
        }
        return deadline(answer);
    }

    /** Counts from here, whether the request is sent or waits. */
    private CompletableFuture<Answer> deadline(CompletableFuture<Answer> answer) {
        answer.orTimeout(limits.requestTimeout().toMillis(), TimeUnit.MILLISECONDS);
        return answer.exceptionallyCompose(failure -> CompletableFuture.failedFuture(sentence(failure)));
    }

    private void start(Waiting waiting) {
        threads.execute(() -> exchange(waiting, true));
    }

    private void exchange(Waiting waiting, boolean mayRepeat) {
        if (waiting.answer.isDone()) {
            next(waiting);
            return;
        }
        CompletableFuture<HttpResponse<byte[]>> exchange;
        try {
            exchange = client.sendAsync(waiting.request, response -> new BoundedBody(limits.maxAnswerBytes()));
        } catch (RuntimeException e) {
            waiting.answer.completeExceptionally(e);
            next(waiting);
            return;
        }
        // A deadline that has passed ends the exchange, and with it the connection.
        waiting.answer.whenComplete((answer, failure) -> {
            if (failure != null) {
                exchange.cancel(true);
            }
        });
        exchange.whenComplete((response, failure) -> {
            if (failure != null && mayRepeat && !waiting.answer.isDone() && isOfAnOldConnection(failure)) {
                exchange(waiting, false);
                return;
            }
            if (failure != null) {
                waiting.answer.completeExceptionally(failure);
            } else {
                waiting.answer.complete(new Answer(response.statusCode(), response.body()));
            }
            next(waiting);
        });
    }

    /** A server may close a kept connection at the moment it is used again: that says nothing of the request. */
    private static boolean isOfAnOldConnection(Throwable failure) {
        Throwable cause = cause(failure);
        return cause instanceof IOException
                && !(cause instanceof HttpTimeoutException)
                && !(cause instanceof ConnectException)
                && !(cause instanceof SSLException)
                && !(cause instanceof BoundedBody.TooLong);
    }

    private void next(Waiting done) {
        synchronized (lock) {
            inFlight.remove(done.answer);
            while (!closed && inFlight.size() < limits.maxInFlight()) {
                Waiting waiting = queue.poll();
                if (waiting == null) {
                    return;
                }
                if (!waiting.answer.isDone()) {
                    inFlight.add(waiting.answer);
                    start(waiting);
                }
            }
        }
    }

    private IOException sentence(Throwable failure) {
        Throwable cause = cause(failure);
        if (cause instanceof TimeoutException || cause instanceof HttpTimeoutException) {
            String what = cause instanceof HttpConnectTimeoutException
                    ? "no connection within " + limits.connectTimeout().toMillis()
                    : "no answer within " + limits.requestTimeout().toMillis();
            return new IOException(server + ": " + what + " ms", cause);
        }
        if (cause instanceof ConnectException) {
            // The JDK's has no message when nobody listens.
            String why = cause.getMessage() == null ? "" : ": " + cause.getMessage();
            return new IOException(server + ": no connection" + why, cause);
        }
        String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new IOException(server + ": " + why, cause);
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        Set<CompletableFuture<?>> open;
        synchronized (lock) {
            closed = true;
            open = new HashSet<>(inFlight);
            queue.forEach(waiting -> open.add(waiting.answer));
            queue.clear();
        }
        open.forEach(answer -> answer.completeExceptionally(new IOException("no longer asked, closed")));
        threads.shutdown();
    }
}
