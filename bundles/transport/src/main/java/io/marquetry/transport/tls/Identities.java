// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.StandardConstants;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the certificate that a client sees: one for exactly the host that it names, or else for all hosts of its
 * domain, or else the first. Aliases are places in the list.
 */
final class Identities extends X509ExtendedKeyManager {
    private final List<Identity> all;
    private final boolean reuseSessions;

    /** @param reuseSessions whether what is agreed may be resumed */
    Identities(List<Identity> all, boolean reuseSessions) {
        this.all = List.copyOf(all);
        this.reuseSessions = reuseSessions;
    }

    List<Identity> all() {
        return all;
    }

    /** Asked once for each type of key that the client can check, in the order of preference. */
    @Override
    public @Nullable String chooseEngineServerAlias(String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
        SSLSession session = engine.getHandshakeSession();
        if (!reuseSessions && session.getProtocol().equals("TLSv1.3")) {
            // No ticket is sent for it. TLS 1.2 has promised one by now, and without it the client would hang up.
            session.invalidate();
        }
        List<Integer> candidates = candidates(hostOf(session));
        for (int place : candidates) {
            if (all.get(place).key().getAlgorithm().equals(keyType) && canCheck(session, keyType)) {
                return Integer.toString(place);
            }
        }
        return null;
    }

    /** The JDK asks for such types only; BoringSSL asks for all that its own cipher suites know. */
    private static boolean canCheck(SSLSession session, String keyType) {
        if (!(session instanceof ExtendedSSLSession extended)) {
            return true;
        }
        String[] algorithms = extended.getPeerSupportedSignatureAlgorithms();
        String needed = keyType.equals("EC") ? "ECDSA" : keyType.equals("RSA") ? "RSA" : "";
        return algorithms.length == 0 || Stream.of(algorithms).anyMatch(name -> name.contains(needed));
    }

    private List<Integer> candidates(@Nullable String host) {
        List<Integer> found = host == null ? List.of() : placesFor(host);
        if (!found.isEmpty()) {
            return found;
        }
        // The default one, and with it the same name's certificate of another algorithm.
        List<String> names = all.get(0).names();
        return names.isEmpty() ? List.of(0) : placesFor(names.get(0));
    }

    private List<Integer> placesFor(String host) {
        List<Integer> exact = IntStream.range(0, all.size())
                .filter(place -> all.get(place).names(host))
                .boxed()
                .toList();
        return !exact.isEmpty()
                ? exact
                : IntStream.range(0, all.size())
                        .filter(place -> all.get(place).covers(host))
                        .boxed()
                        .toList();
    }

    private static @Nullable String hostOf(SSLSession session) {
        if (session instanceof ExtendedSSLSession extended) {
            for (SNIServerName name : extended.getRequestedServerNames()) {
                if (name.getType() == StandardConstants.SNI_HOST_NAME) {
                    return new String(name.getEncoded(), StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
                }
            }
        }
        return null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        return all.get(Integer.parseInt(alias)).chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return all.get(Integer.parseInt(alias)).key();
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return null; // nobody looks through a server's aliases
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null; // there are engines only
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
