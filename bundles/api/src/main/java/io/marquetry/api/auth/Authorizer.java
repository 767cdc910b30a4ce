// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.auth;

import io.marquetry.api.client.ClientInfo;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Decides what a connected client may publish and subscribe to. Register an implementation as an OSGi service and the
 * broker asks it from the next packet on, also for clients that are already connected. Several authorizers form a chain
 * in the order of {@code service.ranking}, highest first; the first answer that is not {@link Decision.Abstain} counts.
 * When all abstain, {@code noMatch} of {@code io.marquetry.core.mqtt} decides.
 *
 * <p>Decisions are remembered for each client: see {@link Policy}. Nobody is asked about a superuser, nor about what a
 * rule of the client's own decides.
 *
 * <p>Called on the event loop of the client, by many loops at once: an answer that needs I/O is a
 * {@link Decision.Later}, or the class is marked {@link io.marquetry.api.extension.Blocking}.
 *
 * @since 1.0
 */
@ConsumerType
@FunctionalInterface
public interface Authorizer {
    /**
     * Decides about one action.
     *
     * @param client who asks
     * @param action what it wants to do
     * @param topic the topic name to publish to, or the filter to subscribe to, as the client wrote it: without
     *     {@code $share/group/}, and without the mountpoint of its listener, so that one rule serves the clients of
     *     every {@link ClientInfo#mountpoint}
     */
    Decision authorize(ClientInfo client, Action action, String topic);
}
