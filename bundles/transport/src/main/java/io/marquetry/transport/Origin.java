// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.client.PeerCertificate;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection comes from: the socket tells, then a proxy that is trusted, then TLS.
 *
 * @param remote the client, or null when the channel has no addresses
 * @param local where it reached us, or null when the channel has no addresses
 * @param certificate what it presented, or null
 */
record Origin(
        @Nullable InetSocketAddress remote,
        @Nullable InetSocketAddress local,
        @Nullable PeerCertificate certificate) {
    static Origin of(Channel channel) {
        return new Origin(
                channel.remoteAddress() instanceof InetSocketAddress address ? address : null,
                channel.localAddress() instanceof InetSocketAddress address ? address : null,
                null);
    }

    Origin from(InetSocketAddress client) {
        return new Origin(client, local, certificate);
    }

    Origin with(PeerCertificate presented) {
        return new Origin(remote, local, presented);
    }
}
