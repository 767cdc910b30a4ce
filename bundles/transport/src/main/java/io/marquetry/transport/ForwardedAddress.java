// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.config.AddressRange;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The client's address by the HTTP header of proxies, {@code X-Forwarded-For: client, proxy, proxy}. Each proxy adds
 * whom it saw at the right end, so that it is believed from there on leftwards, as long as those named are proxies that
 * are trusted: what a client writes itself stands further left.
 */
final class ForwardedAddress {
    private ForwardedAddress() {}

    /** The client, which is the peer itself when nothing else is said; null when the peer is no trusted proxy. */
    static @Nullable InetSocketAddress of(HttpHeaders headers, Origin origin, ProxySettings proxy) {
        InetSocketAddress peer = origin.remote();
        if (peer == null || !proxy.trusts(peer.getAddress())) {
            return null;
        }
        String[] hops = String.join(",", headers.getAll(proxy.addressHeader())).split(",", -1);
        InetAddress client = peer.getAddress();
        for (int i = hops.length - 1; i >= 0 && proxy.trusts(client); i--) {
            InetAddress hop = parse(hops[i].trim());
            if (hop == null) {
                break; // no address: the one who wrote it is all that is known
            }
            client = hop;
        }
        return client.equals(peer.getAddress()) ? peer : new InetSocketAddress(client, port(headers, proxy));
    }

    private static int port(HttpHeaders headers, ProxySettings proxy) {
        String text = headers.get(proxy.portHeader(), "0").trim();
        return text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= 65_535 ? Integer.parseInt(text) : 0;
    }

    /** An address, maybe with a port; never a name. */
    private static @Nullable InetAddress parse(String hop) {
        String text = hop;
        if (text.startsWith("[")) {
            text = text.substring(1, Math.max(1, text.indexOf(']')));
        } else if (text.indexOf(':') == text.lastIndexOf(':') && text.contains(":")) {
            text = text.substring(0, text.indexOf(':'));
        }
        return AddressRange.address(text);
    }
}
