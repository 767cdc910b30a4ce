// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import java.net.InetSocketAddress;
import java.util.Objects;

/** Says in words why a listener has not got its address. */
final class BindFailure {
    private static final int FIRST_FOR_EVERYONE = 1024;

    private BindFailure() {}

    /**
     * What the system answered, without what Netty and the JDK put around it.
     *
     * @param failure the system's
     * @param address that was asked for
     */
    static String reason(Exception failure, InetSocketAddress address) {
        String said = Objects.requireNonNullElse(failure.getMessage(), failure.toString());
        if (said.contains("Address already in use")) {
            return "address already in use";
        }
        if (said.contains("Permission denied")) {
            return address.getPort() < FIRST_FOR_EVERYONE
                    ? "permission denied; a port below 1024 needs root, or the capability CAP_NET_BIND_SERVICE"
                    : "permission denied";
        }
        if (said.contains("assign requested address")) {
            return "unknown address; no interface of this machine has it now";
        }
        return said;
    }
}
