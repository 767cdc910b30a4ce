// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import io.marquetry.api.client.ClientInfo;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who wants something, while it is decided about.
 *
 * @param client who it is
 * @param address the octets of its address, since a thousand rules may look at them; null when it has none
 */
record Asker(ClientInfo client, byte @Nullable [] address) {
    static Asker of(ClientInfo client) {
        InetSocketAddress from = client.remoteAddress();
        return new Asker(
                client,
                from == null || from.getAddress() == null
                        ? null
                        : from.getAddress().getAddress());
    }
}
