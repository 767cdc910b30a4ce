// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.auth;

import org.osgi.annotation.versioning.ProviderType;

/**
 * What the broker remembers of the decisions of authorizers. Registered by the broker as an OSGi service; callable from
 * any thread.
 *
 * <p>The broker remembers a decision for each client until {@code authorizationCacheTtlSeconds} of
 * {@code io.marquetry.core.mqtt} have passed. An {@link Authorizer} whose rules change says so here: the next message
 * of every client, and the next one to each subscription, is decided anew. One that arrives or leaves need not say so.
 *
 * @since 1.0
 */
@ProviderType
public interface Policy {
    /** The rules have changed, for anyone. */
    void changed();

    /**
     * The rules have changed for one client.
     *
     * @param clientId the client identifier
     */
    void changed(String clientId);
}
