// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.http;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.Template;
import io.marquetry.auth.support.InstanceKeys;
import io.marquetry.auth.support.web.ClientTls;
import io.marquetry.auth.support.web.WebClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The server that an instance asks, and how. */
final class Server implements AutoCloseable {
    private final RequestTemplate template;
    private final Verdict.ClientError clientError;
    private final WebClient client;

    private Server(RequestTemplate template, Verdict.ClientError clientError, WebClient client) {
        this.template = template;
        this.clientError = clientError;
        this.client = client;
    }

    /**
     * Reads every key.
     *
     * @throws IllegalArgumentException with a sentence for each problem
     */
    static Server read(InstanceKeys keys, Set<String> more, String jsonBody, String formBody, Logger log) {
        RequestTemplate template = RequestTemplate.read(keys, more, jsonBody, formBody);
        Verdict.ClientError clientError = keys.keys().word("clientError", Verdict.ClientError.ERROR);
        WebClient.Limits limits = new WebClient.Limits(
                keys.keys().integer("maxInFlight", 64, 1, 10_000),
                keys.keys().integer("maxQueued", 10_000, 0, 1_000_000),
                Duration.ofMillis(keys.keys().integer("connectTimeoutMillis", 2000, 1, 60_000)),
                Duration.ofMillis(keys.keys().integer("requestTimeoutMillis", 4000, 1, 60_000)),
                keys.keys().integer("maxAnswerBytes", 64 << 10, 16, 16 << 20));
        SSLContext tls = ClientTls.read(keys);
        keys.finish(log);
        RequestTemplate readable = Objects.requireNonNull(template);
        return new Server(readable, clientError, new WebClient(keys.name(), readable.shown(), limits, tls));
    }

    /** What the client fills in, and nothing where it has nothing. */
    static String value(ClientInfo client, String name) {
        return Objects.requireNonNullElse(Template.value(client, name), "");
    }

    /**
     * Asks.
     *
     * @return null when the client cannot be asked about, because it would lead the request to another path
     */
    @Nullable
    CompletionStage<Verdict> ask(Function<String, String> valueOf) {
        HttpRequest request = template.fill(valueOf);
        return request == null
                ? null
                : client.send(request).thenApply(answer -> Verdict.of(answer, clientError, template.shown()));
    }

    String shown() {
        return template.shown();
    }

    @Override
    public void close() {
        client.close();
    }
}
