// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import io.marquetry.api.config.Keys;
import io.marquetry.transport.TestTally;
import io.marquetry.transport.tls.TlsSettings.Provider;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** A listener's TLS, its books and a server with it. */
final class TlsFixture implements AutoCloseable {
    final TestTally tally = new TestTally();
    final Tls tls;
    final TlsEcho server;

    /** @param pairs keys and values as in a configuration file */
    TlsFixture(Provider provider, Path base, String... pairs) throws TlsException {
        this(provider, base, Clock.systemUTC(), pairs);
    }

    TlsFixture(Provider provider, Path base, Clock clock, String... pairs) throws TlsException {
        tls = new Tls("ssl:test", settings(provider, pairs), base, tally, clock);
        server = new TlsEcho(tls);
    }

    static TlsSettings settings(Provider provider, String... pairs) {
        Keys keys = keys(Stream.concat(Stream.of("sslProvider", provider.name()), Stream.of(pairs))
                .toArray(String[]::new));
        TlsSettings settings = TlsSettings.read(keys);
        if (!keys.problems().isEmpty()) {
            throw new AssertionError(keys.problems());
        }
        return settings;
    }

    static Keys keys(String... pairs) {
        Map<String, Object> values = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            values.put(pairs[i], pairs[i + 1]);
        }
        return new Keys("io.marquetry.transport.ssl~test", values);
    }

    int port() {
        return server.port();
    }

    long count(String counter) {
        return tally.values().getOrDefault(counter, 0L);
    }

    /** Two looks: what has changed stands still at the second. */
    void lookTwice() {
        tls.look();
        tls.look();
    }

    @Override
    public void close() {
        server.close();
        tls.close();
    }
}
