// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.client;

import io.marquetry.api.mqtt.ProtocolVersion;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who a client is. One value for the whole life of a connection.
 *
 * @param clientId the client identifier, assigned by the broker when the client sent none
 * @param username the user name, or null
 * @param version the protocol version of its connection
 * @param remoteAddress where it connects from, or null when the transport has no address
 * @param listener the listener that accepted it, {@code type:name}, for example {@code tcp:default}
 * @param cleanStart whether it asked for a new session
 * @param keepAliveSeconds the keep alive in force; 0 is none
 * @param connectedAt when CONNECT arrived, in milliseconds since 1970
 * @param certificate the certificate that it presented, or null
 * @param mountpoint what the listener puts in front of each of its topics, placeholders filled; empty is nothing
 * @since 1.0
 */
public record ClientInfo(
        String clientId,
        @Nullable String username,
        ProtocolVersion version,
        @Nullable InetSocketAddress remoteAddress,
        String listener,
        boolean cleanStart,
        int keepAliveSeconds,
        long connectedAt,
        @Nullable PeerCertificate certificate,
        String mountpoint) {}
