// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jwt;

import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A JSON Web Key Set from elsewhere, read at the beginning, again after a while, and when a token names a key that is
 * not in it, but the latter not more often than once in a pause: nobody can make the broker ask on and on. While it
 * cannot be read, the keys of before go on to count.
 */
final class KeySet implements KeySource {
    private static final Logger LOG = LoggerFactory.getLogger(KeySet.class);
    private static final int MOST_KEYS = 64;
    private static final String FIRST = "they are being read for the first time";

    private final String where;
    private final Supplier<CompletionStage<String>> source;
    private final ScheduledExecutorService timer;
    private final Duration refresh;
    private final Duration pause;
    private final LongSupplier nanos;

    /** Null until the set has been read for the first time. */
    private volatile @Nullable List<VerificationKey> keys;

    private volatile String failure = FIRST;

    private @Nullable CompletableFuture<Void> reading;
    private long lastReading;
    private boolean closed;

    /**
     * Begins to read.
     *
     * @param where how errors call it
     * @param source gives the text of the set
     * @param timer ended by {@link #close}
     * @param refresh after how long the set is read again
     * @param pause the time between two readings out of turn: because of an unknown key, or after a failure
     */
    KeySet(
            String where,
            Supplier<CompletionStage<String>> source,
            ScheduledExecutorService timer,
            Duration refresh,
            Duration pause,
            LongSupplier nanos) {
        this.where = where;
        this.source = source;
        this.timer = timer;
        this.refresh = refresh;
        this.pause = pause;
        this.nanos = nanos;
        lastReading = nanos.getAsLong() - pause.toNanos();
        timer.execute(this::regularly);
    }

    @Override
    public CompletionStage<List<VerificationKey>> keys(JWSHeader header) {
        List<VerificationKey> known = keys;
        List<VerificationKey> fitting = fitting(known, header);
        if (!fitting.isEmpty()) {
            return CompletableFuture.completedFuture(fitting);
        }
        CompletableFuture<Void> read = read(false);
        if (read == null) {
            return answer(header);
        }
        return read.thenCompose(done -> answer(header));
    }

    private CompletionStage<List<VerificationKey>> answer(JWSHeader header) {
        List<VerificationKey> known = keys;
        return known == null
                ? CompletableFuture.failedFuture(
                        new IllegalStateException("there are no keys yet to check tokens with: " + failure))
                : CompletableFuture.completedFuture(fitting(known, header));
    }

    private static List<VerificationKey> fitting(@Nullable List<VerificationKey> known, JWSHeader header) {
        if (known == null) {
            return List.of();
        }
        return known.stream().filter(key -> key.fits(header)).toList();
    }

    private void regularly() {
        CompletableFuture<Void> read = read(true);
        if (read != null) {
            read.whenComplete((done, thrown) -> {
                try {
                    timer.schedule(
                            this::regularly,
                            failure.isEmpty() ? refresh.toNanos() : Math.min(refresh.toNanos(), pause.toNanos()),
                            TimeUnit.NANOSECONDS);
                } catch (RejectedExecutionException e) {
                    // closed meanwhile: nobody wants to know any more
                }
            });
        }
    }

    /**
     * Reads the set, or joins in when somebody does already.
     *
     * @return completes when the set has been read or could not be; null when it was read just now, or is closed
     */
    private @Nullable CompletableFuture<Void> read(boolean inTurn) {
        CompletableFuture<Void> mine = new CompletableFuture<>();
        synchronized (this) {
            if (closed) {
                return null;
            }
            if (reading != null) {
                return reading;
            }
            if (!inTurn && nanos.getAsLong() - lastReading < pause.toNanos()) {
                return null;
            }
            lastReading = nanos.getAsLong();
            reading = mine;
        }
        CompletionStage<String> text;
        try {
            text = source.get();
        } catch (RuntimeException e) {
            text = CompletableFuture.failedFuture(e);
        }
        text.thenAccept(this::take).whenComplete((done, thrown) -> {
            told(thrown);
            synchronized (this) {
                reading = null;
            }
            mine.complete(null);
        });
        return mine;
    }

    private void take(String text) {
        List<VerificationKey> read = new ArrayList<>();
        try {
            List<JWK> all = JWKSet.parse(text).getKeys();
            if (all.size() > MOST_KEYS) {
                throw new IllegalArgumentException(
                        where + ": expected at most " + MOST_KEYS + " keys, got " + all.size());
            }
            for (JWK jwk : all) {
                add(read, jwk);
            }
        } catch (ParseException e) {
            throw new IllegalArgumentException(
                    where + ": expected a JSON Web Key Set, {\"keys\": [...]}: " + e.getMessage(), e);
        }
        if (read.isEmpty()) {
            LOG.warn("{} has no key that could have signed a token; every token is refused", where);
        }
        keys = List.copyOf(read);
    }

    private void add(List<VerificationKey> read, JWK jwk) {
        try {
            VerificationKey key = VerificationKey.of(jwk);
            if (key != null) {
                read.add(key);
            }
        } catch (IllegalArgumentException e) {
            LOG.warn("{}: the key {} is left out: {}", where, jwk.getKeyID(), e.getMessage());
        }
    }

    /** One line when it begins to fail and one when it works again. */
    private void told(@Nullable Throwable thrown) {
        String before = failure;
        if (thrown == null) {
            failure = "";
            if (!before.isEmpty()) {
                LOG.info("{} has been read: {}", where, keys);
            }
            return;
        }
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        failure = String.valueOf(cause.getMessage());
        if (before.isEmpty() || before.equals(FIRST)) {
            String now = keys == null ? "no client gets in until it can be read" : "the keys of before go on to count";
            LOG.warn("{}; {}; read again every {} s", failure, now, pause.toSeconds());
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        timer.shutdownNow();
    }
}
