// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import io.marquetry.api.auth.Action;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Who may do what, for an operator who asks why. Registered by the broker as an OSGi service; callable from any thread.
 *
 * @since 1.0
 */
@ProviderType
public interface Access {
    /**
     * Decides as it would be decided for the client's next packet, without what is remembered.
     *
     * @param clientId a client that is connected
     * @param action what it would do
     * @param topic the topic, or filter, as the client would send it
     * @return completes with the answer, or with nothing when no such client is connected
     */
    CompletionStage<Optional<Explanation>> check(String clientId, Action action, String topic);

    /** Forgets every remembered decision. */
    void forget();

    /**
     * Forgets the remembered decisions of one client.
     *
     * @return completes with whether such a client is connected
     */
    CompletionStage<Boolean> forget(String clientId);

    /**
     * A decision and where it comes from.
     *
     * @param allowed whether the client may
     * @param by who decides: the {@code marquetry.name} of an authorizer, {@code superuser}, {@code client} for a rule
     *     of the client's own, {@code no_match} when nobody does, {@code error} when who was asked failed
     * @param rule the rule that decides, or null when whoever decides names none
     * @since 1.0
     */
    record Explanation(boolean allowed, String by, @Nullable String rule) {}
}
