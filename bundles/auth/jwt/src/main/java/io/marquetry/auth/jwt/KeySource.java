// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jwt;

import com.nimbusds.jose.JWSHeader;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Where the keys are that check tokens. */
@FunctionalInterface
interface KeySource extends AutoCloseable {
    /**
     * The keys that may have signed a token with this header; none when nobody knows such a key.
     *
     * @return a stage that fails when it is not known which keys there are
     */
    CompletionStage<List<VerificationKey>> keys(JWSHeader header);

    /** One key, for ever. */
    static KeySource of(VerificationKey key) {
        return header -> CompletableFuture.completedFuture(key.fits(header) ? List.of(key) : List.of());
    }

    @Override
    default void close() {}
}
