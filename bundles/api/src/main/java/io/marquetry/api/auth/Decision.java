// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.auth;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The answers an {@link Authorizer} can give.
 *
 * @since 1.0
 */
public sealed interface Decision {
    /** The client may. */
    Decision ALLOW = new Allow(null);

    /** The client may not. */
    Decision DENY = new Deny(null);

    /** No rule of mine applies: ask the next authorizer. */
    Decision ABSTAIN = new Abstain();

    /**
     * The client may.
     *
     * @param rule the rule that decides, for the operator who asks why, for example {@code acl.conf:12 {allow, all}.};
     *     or null. Make it once, not for each decision
     */
    record Allow(@Nullable String rule) implements Decision {}

    /**
     * The client may not.
     *
     * @param rule as of {@link Allow}
     */
    record Deny(@Nullable String rule) implements Decision {}

    /** No rule of mine applies: ask the next authorizer. */
    record Abstain() implements Decision {}

    /**
     * The answer needs I/O. Packets of that client that depend on it wait; its other packets and other clients do not.
     *
     * @param stage completes with any answer but another {@code Later}; one that fails, or is still open after
     *     {@code authTimeoutSeconds}, counts as a denial of this one action, is never remembered, and is counted and
     *     logged as an error
     */
    record Later(CompletionStage<Decision> stage) implements Decision {}
}
