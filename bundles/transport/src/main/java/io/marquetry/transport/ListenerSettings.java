// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.config.Keys;
import io.marquetry.core.port.CertificateField;
import io.marquetry.core.port.Terms;
import io.marquetry.transport.tls.TlsSettings;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A listener's settings.
 *
 * @param enabled whether it listens
 * @param address where
 * @param backlog how many connections may wait to be accepted
 * @param limits how many may come
 * @param access from where they may come
 * @param proxy what a proxy in front may say of them
 * @param terms on which terms they come
 * @param webSocket for the types that speak it
 * @param tls for the types that are encrypted
 */
record ListenerSettings(
        boolean enabled,
        InetSocketAddress address,
        int backlog,
        Limits limits,
        AccessRules access,
        ProxySettings proxy,
        Terms terms,
        @Nullable WebSocketSettings webSocket,
        @Nullable TlsSettings tls) {
    /** Reads them; what is wrong is reported to {@code keys}. */
    static ListenerSettings read(ListenerType type, Keys keys) {
        String bind = keys.string("bind", "127.0.0.1:" + type.port());
        return new ListenerSettings(
                keys.flag("enabled", true),
                address(keys, bind, type),
                keys.integer("backlog", 1024, 1, 65_535),
                Limits.read(keys),
                AccessRules.read(keys, "accessRules"),
                ProxySettings.read(type, keys),
                terms(keys),
                type.isWebSocket() ? WebSocketSettings.read(keys) : null,
                type.isEncrypted() ? TlsSettings.read(keys) : null);
    }

    private static Terms terms(Keys keys) {
        return new Terms(
                mountpoint(keys),
                keys.integer("maxQos", 2, 0, 2),
                keys.word("peerCertAsUsername", CertificateField.NONE),
                keys.word("peerCertAsClientId", CertificateField.NONE),
                authenticators(keys),
                keys.rate("messagesRate", "messagesBurst"),
                keys.rate("bytesRate", "bytesBurst"),
                keys.rate("totalMessagesRate", "totalMessagesBurst"),
                keys.rate("totalBytesRate", "totalBytesBurst"));
    }

    private static List<String> authenticators(Keys keys) {
        String text = keys.string("authenticators", "");
        List<String> names = Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
        if (names.size() > 1 && names.contains("none")) {
            keys.problem("authenticators", text, "names of authenticators with a comma between two, or none alone");
            return List.of();
        }
        return names;
    }

    /** The mountpoint, {@code %c} and {@code %u} in the words of today. */
    private static String mountpoint(Keys keys) {
        String text = keys.string("mountpoint", "").replace("%c", "${clientid}").replace("%u", "${username}");
        try {
            Terms.checkMountpoint(text);
            return text;
        } catch (IllegalArgumentException e) {
            keys.problem("mountpoint", text, String.valueOf(e.getMessage()).replaceFirst("^expected ", ""));
            return "";
        }
    }

    private static InetSocketAddress address(Keys keys, String bind, ListenerType type) {
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
        keys.problem("bind", bind, "host:port with a host of this machine, such as 127.0.0.1:" + type.port());
        return new InetSocketAddress("127.0.0.1", type.port());
    }

    /** Whether both ask for the same socket. */
    boolean bindsAs(ListenerSettings other) {
        return address.equals(other.address) && backlog == other.backlog;
    }

    /** The address as users write it. */
    String where() {
        return address.getHostString() + ":" + address.getPort();
    }
}
