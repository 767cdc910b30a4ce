// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.client;

import io.marquetry.api.mqtt.ProtocolVersion;
import java.net.InetSocketAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who a client is. One value from the end of authentication until the connection ends; authenticators see an earlier
 * one, without what they themselves decide: {@link #superuser}, {@link #attributes}, and a {@link #mountpoint} that is
 * made of attributes.
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
 * @param superuser whether it may publish and subscribe to everything, no authorizer being asked
 * @param attributes what the authenticator knows of it besides, by name; placeholders {@code ${client_attrs.NAME}}
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
        String mountpoint,
        boolean superuser,
        Map<String, String> attributes) {

    /** Keeps the attributes from changing. */
    public ClientInfo {
        attributes = Map.copyOf(attributes);
    }

    /** A client of whom no authenticator has said anything yet. */
    public ClientInfo(
            String clientId,
            @Nullable String username,
            ProtocolVersion version,
            @Nullable InetSocketAddress remoteAddress,
            String listener,
            boolean cleanStart,
            int keepAliveSeconds,
            long connectedAt,
            @Nullable PeerCertificate certificate,
            String mountpoint) {
        this(
                clientId,
                username,
                version,
                remoteAddress,
                listener,
                cleanStart,
                keepAliveSeconds,
                connectedAt,
                certificate,
                mountpoint,
                false,
                Map.of());
    }
}
