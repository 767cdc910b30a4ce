// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.config.AddressRange;
import io.marquetry.api.config.Keys;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * What a proxy in front of a listener may say of its clients.
 *
 * @param protocol whether every connection begins with a PROXY header
 * @param timeoutSeconds how long that header may take
 * @param trusted the proxies. Empty: any peer may, and must, send a PROXY header, and nobody is believed in HTTP
 * @param addressHeader the HTTP header with the client's address
 * @param portHeader the HTTP header with the client's port
 */
record ProxySettings(
        boolean protocol, int timeoutSeconds, List<AddressRange> trusted, String addressHeader, String portHeader) {
    static ProxySettings read(ListenerType type, Keys keys) {
        String text = keys.string("trustedProxies", "");
        List<AddressRange> trusted = AddressRange.parseAll(text);
        if (trusted == null) {
            keys.problem("trustedProxies", text, "addresses or ranges parted by commas, such as 10.0.0.5, 10.1.0.0/16");
        }
        boolean web = type.isWebSocket();
        return new ProxySettings(
                keys.flag("proxyProtocol", false),
                keys.integer("proxyProtocolTimeoutSeconds", 3, 1, 60),
                Objects.requireNonNullElse(trusted, List.of()),
                web ? keys.string("proxyAddressHeader", "x-forwarded-for").toLowerCase(Locale.ROOT) : "",
                web ? keys.string("proxyPortHeader", "x-forwarded-port").toLowerCase(Locale.ROOT) : "");
    }

    boolean trusts(InetAddress peer) {
        return AddressRange.anyContains(trusted, peer);
    }
}
