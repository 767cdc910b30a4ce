// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A certificate authority in a folder of its own, run by the program {@code openssl}. */
public final class Certificates {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final char[] NO_PASSWORD = {};

    /** A certificate and its key, both PEM. */
    public record Issued(Path certificate, Path key) {}

    private final Path folder;

    private Certificates(Path folder) {
        this.folder = folder;
    }

    /** Makes a new authority in an empty folder. */
    public static Certificates in(Path folder) throws Exception {
        Files.createDirectories(folder.resolve("new"));
        Files.writeString(folder.resolve("index.txt"), "");
        Files.writeString(folder.resolve("serial"), "1000\n");
        Files.writeString(folder.resolve("crlnumber"), "01\n");
        Files.writeString(folder.resolve("ca.cnf"), """
                [ca]
                default_ca = here
                [here]
                dir = .
                database = index.txt
                new_certs_dir = new
                serial = serial
                crlnumber = crlnumber
                certificate = ca.crt
                private_key = ca.key
                default_md = sha256
                default_days = 60
                default_crl_days = 7
                unique_subject = no
                policy = any
                copy_extensions = copy
                [any]
                organizationName = optional
                commonName = supplied
                """);
        Certificates made = new Certificates(folder);
        made.openssl(
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "30",
                "-subj",
                "/CN=Test CA " + folder.getFileName(),
                "-keyout",
                "ca.key",
                "-out",
                "ca.crt");
        return made;
    }

    /** The authority's own certificate. */
    public Path ca() {
        return folder.resolve("ca.crt");
    }

    /** A certificate for a server with these host names or addresses; the first one is its common name. */
    public Issued server(String name, String... hosts) throws Exception {
        List<String> names = new ArrayList<>();
        for (String host : hosts) {
            names.add((Character.isDigit(host.charAt(0)) ? "IP:" : "DNS:") + host);
        }
        return issue(name, "/O=Marquetry/CN=" + hosts[0], "subjectAltName=" + String.join(",", names));
    }

    /** A certificate for a client with this common name. */
    public Issued client(String commonName) throws Exception {
        return issue(commonName, "/O=Plant/CN=" + commonName, "extendedKeyUsage=clientAuth");
    }

    /** A certificate for a client whose time is over. */
    public Issued expiredClient(String commonName) throws Exception {
        return issue(
                commonName,
                "/O=Plant/CN=" + commonName,
                "extendedKeyUsage=clientAuth",
                "-startdate",
                "20200101000000Z",
                "-enddate",
                "20200201000000Z");
    }

    /** A certificate that may be used by a server only. */
    public Issued serverOnly(String name, String host) throws Exception {
        return issue(name, "/O=Marquetry/CN=" + host, "extendedKeyUsage=serverAuth");
    }

    private Issued issue(String name, String subject, String extension, String... more) throws Exception {
        openssl(
                "req",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                subject,
                "-addext",
                extension,
                "-keyout",
                name + ".key",
                "-out",
                name + ".csr");
        List<String> command = new ArrayList<>(
                List.of("ca", "-batch", "-notext", "-config", "ca.cnf", "-in", name + ".csr", "-out", name + ".crt"));
        command.addAll(List.of(more));
        openssl(command.toArray(String[]::new));
        return new Issued(folder.resolve(name + ".crt"), folder.resolve(name + ".key"));
    }

    /** Takes a certificate back; it is in the next list. */
    public void revoke(Issued issued) throws Exception {
        openssl("ca", "-config", "ca.cnf", "-revoke", issued.certificate().toString());
    }

    /** Writes the list of what was taken back, in one step. */
    public Path revocations() throws Exception {
        openssl("ca", "-config", "ca.cnf", "-gencrl", "-out", "crl.part");
        return Files.move(folder.resolve("crl.part"), folder.resolve("crl.pem"), StandardCopyOption.REPLACE_EXISTING);
    }

    /** What a client in Java connects with: it trusts this authority and presents a certificate, or none. */
    public SSLContext context(@Nullable Issued own) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, NO_PASSWORD);
        trusted.setCertificateEntry("ca", certificate(ca()));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, NO_PASSWORD);
        if (own != null) {
            keys.setKeyEntry("own", key(own.key()), NO_PASSWORD, new Certificate[] {certificate(own.certificate())});
        }
        KeyManagerFactory manager = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        manager.init(keys, NO_PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(manager.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    /** The first certificate of a file. */
    public static X509Certificate certificate(Path pem) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(pem)));
    }

    /** The key of a file. */
    public static PrivateKey key(Path pem) throws Exception {
        String base64 =
                Files.readString(pem).replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        return KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
    }

    private void openssl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Tool.path("openssl", "openssl"));
        command.addAll(List.of(arguments));
        try {
            Tool.run(folder, LIMIT, command);
        } catch (IOException e) {
            throw new AssertionError("openssl could not be run in " + folder, e);
        }
    }
}
