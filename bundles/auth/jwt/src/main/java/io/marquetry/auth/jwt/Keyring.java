// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jwt;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import io.marquetry.auth.support.InstanceKeys;
import io.marquetry.auth.support.Place;
import io.marquetry.auth.support.web.ClientTls;
import io.marquetry.auth.support.web.Pem;
import io.marquetry.auth.support.web.WebClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The keys of one instance, as its configuration says: a secret, a public key, or a key set. */
final class Keyring implements KeySource {
    private static final String FILE = "file:";
    private static final int LARGEST_SET = 256 << 10;
    private static final int OK = 200;
    private static final String NONE =
            "exactly one of secret, publicKeyFile and jwks: with what tokens are checked; without, nobody gets in";

    private final KeySource source;
    private final Set<JWSAlgorithm> algorithms;
    private final @Nullable WebClient client;

    private Keyring(KeySource source, Set<JWSAlgorithm> algorithms, @Nullable WebClient client) {
        this.source = source;
        this.algorithms = algorithms;
        this.client = client;
    }

    /**
     * Reads every key that is left, and begins to fetch a key set.
     *
     * @throws IllegalArgumentException with a sentence for each problem
     */
    static Keyring read(InstanceKeys keys, Logger log) {
        String secret = keys.secret("secret");
        boolean base64 = keys.keys().flag("secretBase64", false);
        Path publicKey = keys.file("publicKeyFile");
        String jwks = keys.keys().string("jwks", "");
        Duration refresh = Duration.ofSeconds(keys.keys().integer("refreshSeconds", 300, 1, 86_400));
        Duration pause = Duration.ofSeconds(keys.keys().integer("retrySeconds", 10, 1, 3600));
        Duration timeout = Duration.ofMillis(keys.keys().integer("requestTimeoutMillis", 4000, 1, 60_000));
        SSLContext tls = ClientTls.read(keys);
        Set<JWSAlgorithm> wanted = algorithms(keys);

        long given = Stream.of(keys.keys().string("secret", ""), keys.keys().string("publicKeyFile", ""), jwks)
                .filter(text -> !text.isEmpty())
                .count();
        if (given != 1) {
            keys.keys().problem("secret, publicKeyFile, jwks", given + " of them", NONE);
        }
        VerificationKey fixed = null;
        if (secret != null) {
            try {
                fixed = VerificationKey.of(bytes(secret, base64));
            } catch (IllegalArgumentException e) {
                keys.keys()
                        .problem("secret", "***", String.valueOf(e.getMessage()).replaceFirst("^expected ", ""));
            }
        } else if (publicKey != null) {
            fixed = keys.parse(
                    "publicKeyFile", publicKey.toString(), text -> VerificationKey.of(null, Pem.publicKey(publicKey)));
        }
        if (fixed != null
                && !wanted.isEmpty()
                && fixed.only(wanted).algorithms().isEmpty()) {
            keys.keys()
                    .problem(
                            "algorithms",
                            wanted.toString(),
                            "algorithms of the key: "
                                    + fixed.algorithms().stream()
                                            .map(JWSAlgorithm::getName)
                                            .sorted()
                                            .toList());
        }
        URI uri = keys.parse("jwks", jwks, Keyring::uri);
        keys.finish(log);
        if (fixed != null) {
            return new Keyring(KeySource.of(fixed), wanted, null);
        }
        return keySet(keys.name(), Objects.requireNonNull(uri), refresh, pause, timeout, tls, wanted);
    }

    private static Keyring keySet(
            String name,
            URI uri,
            Duration refresh,
            Duration pause,
            Duration timeout,
            @Nullable SSLContext tls,
            Set<JWSAlgorithm> wanted) {
        String where = "jwks " + uri.toString().replaceFirst("\\?.*", "");
        WebClient client = null;
        Supplier<CompletionStage<String>> fetch;
        if (uri.getScheme().equals("file")) {
            Path path = Path.of(uri);
            fetch = () -> file(path);
        } else {
            WebClient web = new WebClient(name, where, new WebClient.Limits(1, 1, timeout, timeout, LARGEST_SET), tls);
            client = web;
            fetch = () -> web.send(HttpRequest.newBuilder(uri)
                            .header("Accept", "application/jwk-set+json, application/json")
                            .build())
                    .thenApply(answer -> body(where, answer));
        }
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, name + "-keys");
            thread.setDaemon(true);
            return thread;
        });
        return new Keyring(new KeySet(where, fetch, timer, refresh, pause, System::nanoTime), wanted, client);
    }

    private static String body(String where, WebClient.Answer answer) {
        if (answer.status() != OK) {
            throw new IllegalStateException(where + ": expected status 200, got " + answer.status());
        }
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    private static CompletionStage<String> file(Path path) {
        try {
            if (Files.size(path) > LARGEST_SET) {
                throw new IOException("it has more than " + LARGEST_SET + " bytes");
            }
            return CompletableFuture.completedFuture(Files.readString(path));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(
                    new IOException("jwks " + path + ": expected a file that can be read (" + e + ")", e));
        }
    }

    private static byte[] bytes(String secret, boolean base64) {
        if (!base64) {
            return secret.getBytes(StandardCharsets.UTF_8);
        }
        try {
            // Both alphabets are in use.
            return Base64.getDecoder().decode(secret.trim().replace('-', '+').replace('_', '/'));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("expected Base64, as secretBase64 = true says", e);
        }
    }

    private static URI uri(String text) {
        String expected = "expected http://..., https://... or file:PATH of a JSON Web Key Set";
        if (text.startsWith(FILE)) {
            return Place.of(text.substring(FILE.length())).toAbsolutePath().toUri();
        }
        try {
            URI uri = URI.create(text);
            if (uri.getHost() != null && text.matches("https?:.*") && uri.getUserInfo() == null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(expected + " (" + e.getMessage() + ")", e);
        }
        throw new IllegalArgumentException(expected);
    }

    private static Set<JWSAlgorithm> algorithms(InstanceKeys keys) {
        String text = keys.keys().string("algorithms", "");
        List<JWSAlgorithm> known = Stream.of(JWSAlgorithm.Family.HMAC_SHA, JWSAlgorithm.Family.SIGNATURE)
                .flatMap(Set::stream)
                .toList();
        Set<JWSAlgorithm> wanted = new LinkedHashSet<>();
        for (String word : text.isEmpty() ? List.<String>of() : Arrays.asList(text.split(",", -1))) {
            JWSAlgorithm algorithm = new JWSAlgorithm(word.trim());
            if (!known.contains(algorithm)) {
                keys.keys()
                        .problem(
                                "algorithms",
                                text,
                                "some of HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512"
                                        + " ES256 ES384 ES512 EdDSA Ed25519, with commas between");
                return Set.of();
            }
            wanted.add(algorithm);
        }
        return wanted;
    }

    @Override
    public CompletionStage<List<VerificationKey>> keys(JWSHeader header) {
        return !algorithms.isEmpty() && !algorithms.contains(header.getAlgorithm())
                ? CompletableFuture.completedFuture(List.of())
                : source.keys(header);
    }

    @Override
    public void close() {
        source.close();
        if (client != null) {
            client.close();
        }
    }
}
