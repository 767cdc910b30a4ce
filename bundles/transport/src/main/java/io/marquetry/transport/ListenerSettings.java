// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.config.Keys;
import java.net.InetSocketAddress;

/**
 * A TCP listener's settings. Public for {@code bin/marquetry check-config}, which reads them without a container; the
 * package is not exported.
 *
 * @param enabled whether it listens
 * @param address where
 * @param backlog how many connections may wait to be accepted
 */
public record ListenerSettings(boolean enabled, InetSocketAddress address, int backlog) {
    private static final String DEFAULT_BIND = "127.0.0.1:1883";

    /** Reads them; what is wrong is reported to {@code keys}. */
    public static ListenerSettings read(Keys keys) {
        String bind = keys.string("bind", DEFAULT_BIND);
        return new ListenerSettings(
                keys.flag("enabled", true), address(keys, bind), keys.integer("backlog", 1024, 1, 65_535));
    }

    private static InetSocketAddress address(Keys keys, String bind) {
        int colon = bind.lastIndexOf(':');
        String host = colon < 0 ? "127.0.0.1" : bind.substring(0, colon).replaceAll("^\\[|\\]$", "");
        try {
            int port = Integer.parseInt(bind.substring(colon + 1));
            if (port >= 0 && port <= 65_535) {
                InetSocketAddress address = new InetSocketAddress(host.isEmpty() ? "0.0.0.0" : host, port);
                if (!address.isUnresolved()) {
                    return address;
                }
            }
        } catch (NumberFormatException e) {
            // falls through to the one sentence for everything that is no address
        }
        keys.problem("bind", bind, "host:port with a host of this machine, such as " + DEFAULT_BIND);
        return new InetSocketAddress("127.0.0.1", 1883);
    }

    /** The address as users write it. */
    String where() {
        return address.getHostString() + ":" + address.getPort();
    }
}
