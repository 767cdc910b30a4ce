// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.client;

import io.marquetry.api.mqtt.Message;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a CONNECT would say, and what a listener would know.
 *
 * @param listener as what it is counted and listed, {@code type:name}, for example {@code stomp:default}
 * @param clientId the client identifier; empty has the broker assign one
 * @param username the user name, or null
 * @param password the password, or null; wiped by the broker once it was looked at
 * @param remoteAddress where the device is, or null
 * @param certificate what the device presented, or null
 * @param cleanStart whether a session of before is thrown away
 * @param sessionExpirySeconds how long the session outlives the connection, in seconds
 * @param keepAliveSeconds after how many seconds of silence of the gateway the broker ends the connection; 0 is never
 * @param receiveMaximum how many QoS 1 and 2 messages may be handed to the receiver and not acknowledged, 1 to 65,535
 * @param will published by the broker when the connection ends without {@link PortClient#disconnect}, or null
 * @since 1.0
 */
public record ConnectRequest(
        String listener,
        String clientId,
        @Nullable String username,
        byte @Nullable [] password,
        @Nullable InetSocketAddress remoteAddress,
        @Nullable PeerCertificate certificate,
        boolean cleanStart,
        long sessionExpirySeconds,
        int keepAliveSeconds,
        int receiveMaximum,
        @Nullable Message will) {
    /** Checks the listener's name and the numbers. */
    public ConnectRequest {
        if (!listener.matches("[a-z][a-z0-9-]*:[A-Za-z0-9._-]+")) {
            throw new IllegalArgumentException("expected a listener of the form type:name, got \"" + listener + "\"");
        }
        if (receiveMaximum < 1 || receiveMaximum > 65_535) {
            throw new IllegalArgumentException("expected a receiveMaximum from 1 to 65535, got " + receiveMaximum);
        }
        if (keepAliveSeconds < 0 || keepAliveSeconds > 65_535) {
            throw new IllegalArgumentException("expected keepAliveSeconds from 0 to 65535, got " + keepAliveSeconds);
        }
        if (sessionExpirySeconds < 0 || sessionExpirySeconds > 4_294_967_295L) {
            throw new IllegalArgumentException(
                    "expected sessionExpirySeconds from 0 to 4294967295, got " + sessionExpirySeconds);
        }
    }

    /** A client with a new session that ends with its connection. */
    public static ConnectRequest of(
            String listener,
            String clientId,
            @Nullable String username,
            byte @Nullable [] password,
            @Nullable InetSocketAddress remoteAddress) {
        return new ConnectRequest(listener, clientId, username, password, remoteAddress, null, true, 0, 0, 32, null);
    }

    /** Leaves the password out, so that it never reaches a log. */
    @Override
    public String toString() {
        return "ConnectRequest[listener=" + listener + ", clientId=" + clientId + ", username=" + username
                + ", remoteAddress=" + remoteAddress + "]";
    }
}
