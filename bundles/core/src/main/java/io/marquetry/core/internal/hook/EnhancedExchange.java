// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.auth.EnhancedAuthenticator;
import io.marquetry.api.auth.EnhancedAuthenticator.Exchange;
import io.marquetry.api.auth.EnhancedAuthenticator.Step;
import io.marquetry.api.client.ClientInfo;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One exchange of enhanced authentication. The authenticator begins it when the first data is there, in the same
 * guarded call. Used by one client.
 */
public final class EnhancedExchange {
    private final EnhancedAuthenticators chain;
    private final Member<EnhancedAuthenticator> member;
    private final ClientInfo client;
    private final boolean again;
    /** Written and read by one call at a time, on whatever thread it is made. */
    private volatile @Nullable Exchange exchange;

    private volatile @Nullable EnhancedAuthenticator leader;

    EnhancedExchange(
            EnhancedAuthenticators chain, Member<EnhancedAuthenticator> member, ClientInfo client, boolean again) {
        this.chain = chain;
        this.member = member;
        this.client = client;
        this.again = again;
    }

    /**
     * Takes what the client sent; the stage never fails. A failure or a late answer is a step that ends it with 0x88.
     */
    public CompletionStage<Step> next(byte @Nullable [] data) {
        return chain.asStage(member.ask(chain, client, new EnhancedAuthenticators.Turn(this, data)))
                .thenApply(Answer::result);
    }

    /** The extension's side of it. */
    Exchange of(EnhancedAuthenticator service) {
        Exchange begun = exchange;
        if (begun == null) {
            begun = Objects.requireNonNull(service.begin(client, again), "the exchange");
            leader = service;
            exchange = begun;
        } else if (leader != service) {
            throw new IllegalStateException("the extension was replaced in the middle of an exchange");
        }
        return begun;
    }

    /** It is over. */
    public void close() {
        Exchange begun = exchange;
        exchange = null;
        if (begun != null) {
            member.tell("close an exchange", ignored -> begun.close());
        }
    }
}
