// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.port;

import io.marquetry.api.config.Rate;

/**
 * On which terms clients come by a listener. Immutable.
 *
 * @param mountpoint what stands in front of each topic of theirs, {@code ${clientid}} and {@code ${username}} to be
 *     filled; empty is nothing
 * @param maxQos the highest quality of service taken and granted; the lower one of this and the broker's counts
 * @param usernameFrom what of the client's certificate takes the place of its user name
 * @param clientIdFrom what of the client's certificate takes the place of its client identifier
 * @param messages how many messages each client may publish
 * @param bytes how many bytes each client may send
 * @param totalMessages how many messages all of them together may publish
 * @param totalBytes how many bytes all of them together may send
 * @since 1.0
 */
public record Terms(
        String mountpoint,
        int maxQos,
        CertificateField usernameFrom,
        CertificateField clientIdFrom,
        Rate messages,
        Rate bytes,
        Rate totalMessages,
        Rate totalBytes) {
    /** No terms at all. */
    public static final Terms NONE =
            new Terms("", 2, CertificateField.NONE, CertificateField.NONE, Rate.NONE, Rate.NONE, Rate.NONE, Rate.NONE);
}
