// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import io.marquetry.api.config.Keys;
import io.netty.handler.ssl.CipherSuiteConverter;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * A listener's settings for TLS. Public for {@code bin/marquetry check-config}, which reads them without a container;
 * the package is not exported.
 *
 * @param sslProvider whose engine it is
 * @param certFiles PEM files with a certificate and its chain; none for a self-signed one that is made
 * @param keyFiles PEM files with the private keys, in the same order
 * @param keyPassword opens encrypted keys; empty for none
 * @param verify whether clients show certificates
 * @param caFile PEM file with the certificates that client certificates must come from, or null
 * @param crlFile file with lists of revoked client certificates, PEM or DER, or null
 * @param verifyDepth how many certificates may lie between a client's and one of {@code caFile}
 * @param versions protocol versions
 * @param ciphers cipher suites in the JDK's names; none for the JDK's default
 * @param honorCipherOrder whether our order of cipher suites counts, and not the client's
 * @param handshakeTimeoutSeconds how long a handshake may take
 * @param reuseSessions whether a client may resume a session, with a ticket or an identifier
 * @param sessionCacheSize how many sessions without ticket are kept for it
 * @param sessionTimeoutSeconds how long one may be resumed
 */
public record TlsSettings(
        Provider sslProvider,
        List<String> certFiles,
        List<String> keyFiles,
        String keyPassword,
        Verify verify,
        @Nullable String caFile,
        @Nullable String crlFile,
        int verifyDepth,
        List<String> versions,
        List<String> ciphers,
        boolean honorCipherOrder,
        int handshakeTimeoutSeconds,
        boolean reuseSessions,
        int sessionCacheSize,
        int sessionTimeoutSeconds) {
    /** Whose engine does the work. */
    public enum Provider {
        /** BoringSSL's where it can be used and takes the keys and cipher suites, or else the JDK's. */
        AUTO,
        /** BoringSSL's, native code that comes along. */
        OPENSSL,
        /** The JDK's. */
        JDK
    }

    /** Whether clients show certificates. */
    public enum Verify {
        /** They are not asked. */
        NONE,
        /** They are asked; what they show must be right. */
        OPTIONAL,
        /** Who shows none, or a wrong one, does not come in. */
        REQUIRED
    }

    private static final List<String> VERSIONS = List.of("TLSv1.3", "TLSv1.2");
    private static final List<String> VERSION_13 =
            List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");
    static final String NO_CHOICE =
            "all of " + String.join(", ", VERSION_13) + ", since sslProvider = openssl has no choice among them";
    /** No ticket lives longer than seven days [RFC 8446, 4.6.1]. */
    private static final int LONGEST_SESSION = 604_800;

    /** Reads them; what is wrong is reported to {@code keys}. */
    public static TlsSettings read(Keys keys) {
        List<String> certFiles = list(keys.string("certFile", ""));
        String keyText = keys.string("keyFile", "");
        List<String> keyFiles = list(keyText);
        if (certFiles.size() != keyFiles.size()) {
            keys.problem(
                    "keyFile",
                    keyText,
                    "one file for each of certFile, in the same order; certFile names " + certFiles.size());
        }
        Verify verify = keys.word("verify", Verify.NONE);
        String caFile = orNull(keys.string("caFile", ""));
        if (verify != Verify.NONE && caFile == null) {
            keys.problem(
                    "caFile",
                    "",
                    "a PEM file with the certificates that client certificates come from, since" + " verify is "
                            + verify.name().toLowerCase(Locale.ROOT));
        }
        String crlFile = orNull(keys.string("crlFile", ""));
        if (verify == Verify.NONE && crlFile != null) {
            keys.problem("crlFile", crlFile, "verify = optional or required with it; no client certificate is checked");
        }
        List<String> versions = versions(keys);
        Provider provider = keys.word("sslProvider", Provider.AUTO);
        return new TlsSettings(
                provider,
                certFiles,
                keyFiles,
                keys.string("keyPassword", ""),
                verify,
                caFile,
                crlFile,
                keys.integer("verifyDepth", 10, 0, 100),
                versions,
                ciphers(keys, versions, provider),
                keys.flag("honorCipherOrder", true),
                keys.integer("handshakeTimeoutSeconds", 15, 1, 3600),
                keys.flag("reuseSessions", true),
                keys.integer("sessionCacheSize", 20_480, 1, 10_000_000),
                keys.integer("sessionTimeoutSeconds", 7200, 1, LONGEST_SESSION));
    }

    private static List<String> versions(Keys keys) {
        String text = keys.string("versions", String.join(",", VERSIONS));
        List<String> result = new ArrayList<>();
        for (String word : list(text)) {
            VERSIONS.stream().filter(word::equalsIgnoreCase).forEach(result::add);
        }
        if (result.isEmpty() || result.size() != list(text).size()) {
            keys.problem("versions", text, "TLSv1.3, TLSv1.2, or both with a comma; older ones are not safe");
            return VERSIONS;
        }
        return List.copyOf(result);
    }

    /** They may be written in OpenSSL's names too. */
    private static List<String> ciphers(Keys keys, List<String> versions, Provider provider) {
        String text = keys.string("ciphers", "");
        List<String> result = new ArrayList<>();
        Set<String> usable = usableCiphers();
        for (String word : list(text.replace(':', ','))) {
            String name = usable.contains(word)
                    ? word
                    : Objects.requireNonNullElse(CipherSuiteConverter.toJava(word, "TLS"), word);
            if (!usable.contains(name)) {
                keys.problem("ciphers", word, "cipher suites with commas, of " + String.join(", ", usable));
                return List.of();
            }
            result.add(name);
        }
        for (String version : result.isEmpty() ? List.<String>of() : versions) {
            // The names of TLS 1.3 say nothing of key exchange and signature.
            if (result.stream().noneMatch(name -> name.contains("_WITH_") == version.equals("TLSv1.2"))) {
                keys.problem(
                        "ciphers",
                        text,
                        "at least one cipher suite of " + version
                                + (version.equals("TLSv1.2") ? "" : ", such as TLS_AES_128_GCM_SHA256")
                                + ", or versions without " + version);
            }
        }
        if (provider == Provider.OPENSSL && isChoiceOfVersion13(result)) {
            keys.problem("ciphers", text, NO_CHOICE);
        }
        return List.copyOf(result);
    }

    private static boolean isChoiceOfVersion13(List<String> ciphers) {
        return ciphers.stream().anyMatch(VERSION_13::contains) && !ciphers.containsAll(VERSION_13);
    }

    /** Whether some cipher suites of TLS 1.3 are permitted, and others are not. */
    boolean isChoiceOfVersion13() {
        return isChoiceOfVersion13(ciphers);
    }

    private static Set<String> usableCiphers() {
        try {
            SSLParameters all = SSLContext.getDefault().getDefaultSSLParameters();
            Set<String> result = new TreeSet<>(Arrays.asList(all.getCipherSuites()));
            result.removeIf(name -> name.endsWith("_SCSV"));
            return result;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no TLS", e);
        }
    }

    private static List<String> list(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::trim)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    /** The same with these files for certificate and key. */
    TlsSettings withIdentity(Path certFile, Path keyFile) {
        return new TlsSettings(
                sslProvider,
                List.of(certFile.toString()),
                List.of(keyFile.toString()),
                "",
                verify,
                caFile,
                crlFile,
                verifyDepth,
                versions,
                ciphers,
                honorCipherOrder,
                handshakeTimeoutSeconds,
                reuseSessions,
                sessionCacheSize,
                sessionTimeoutSeconds);
    }

    /** Every file that is read. */
    Stream<String> files() {
        return Stream.of(certFiles.stream(), keyFiles.stream(), Stream.ofNullable(caFile), Stream.ofNullable(crlFile))
                .flatMap(files -> files);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "TlsSettings[certFiles=" + certFiles + ", keyFiles=" + keyFiles + ", verify=" + verify + "]";
    }
}
