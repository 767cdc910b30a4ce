// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.client;

import org.jspecify.annotations.Nullable;

/**
 * The certificate that a client presented, checked by the listener, or by a trusted proxy in front of it.
 *
 * @param commonName the common name of its subject, or null when it has none
 * @param subject the distinguished name of its subject in the form of RFC 2253, or null when a proxy told only the
 *     common name
 * @since 1.0
 */
public record PeerCertificate(
        @Nullable String commonName, @Nullable String subject) {}
