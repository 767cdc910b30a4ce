// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate of the first run: made in {@code data/tls/}, so that a TLS listener works before anyone has cared for
 * certificates. All listeners of a broker share it.
 */
final class SelfSigned {
    private static final Logger LOG = LoggerFactory.getLogger(SelfSigned.class);
    private static final Duration LIFE = Duration.ofDays(397); // the longest that browsers accept
    private static final String ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
    private static final String COMMON_NAME = "2.5.4.3";
    private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
    private static final String SERVER = "1.3.6.1.5.5.7.3.1";
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;
    private static final Object ONE_AT_A_TIME = new Object();

    private final Path directory;

    /** @param base where {@code data/} is */
    SelfSigned(Path base) {
        this.directory = base.resolve("data").resolve("tls");
    }

    Path certFile() {
        return directory.resolve("self-signed.crt");
    }

    Path keyFile() {
        return directory.resolve("self-signed.key");
    }

    /** Makes certificate and key, unless they are there and can be used. */
    void ensure(Instant now) throws TlsException {
        synchronized (ONE_AT_A_TIME) {
            try {
                Files.createDirectories(directory);
                // Another broker that starts on this directory at the same time waits for what this one makes.
                try (FileChannel channel = FileChannel.open(
                                directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                        var lock = channel.lock()) {
                    assert lock.isValid();
                    if (isUsable(now)) {
                        return;
                    }
                    make(now);
                }
            } catch (IOException e) {
                throw new TlsException(
                        "no certFile is set, and a self-signed certificate cannot be made in " + directory + " (" + e
                                + "): expected certFile and keyFile, or a directory that user "
                                + System.getProperty("user.name") + " may write to",
                        e);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("this JVM has no ECDSA", e);
            }
        }
    }

    private boolean isUsable(Instant now) {
        if (!Files.exists(certFile()) && !Files.exists(keyFile())) {
            return false;
        }
        try {
            Instant end = Identity.read(certFile(), keyFile(), "")
                    .chain()
                    .get(0)
                    .getNotAfter()
                    .toInstant();
            if (end.isAfter(now)) {
                return true;
            }
            LOG.info("the self-signed certificate in {} has expired at {} and is made anew", directory, end);
        } catch (TlsException e) {
            LOG.warn("{}; the self-signed certificate is made anew", e.sentence());
        }
        return false;
    }

    private void make(Instant now) throws IOException, GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair pair = generator.generateKeyPair();
        Set<String> hosts = hosts();
        byte[] certificate = certificate(pair, hosts, now);
        write(keyFile(), Pem.text("PRIVATE KEY", pair.getPrivate().getEncoded()), "rw-------");
        write(certFile(), Pem.text("CERTIFICATE", certificate), "rw-r--r--");
        LOG.warn(
                "a self-signed certificate was made, for {}: {}, key {}. Clients must be told to trust it; set certFile"
                        + " and keyFile for one that they trust already",
                hosts,
                certFile(),
                keyFile());
    }

    private static Set<String> hosts() {
        Set<String> hosts = new LinkedHashSet<>(List.of("localhost"));
        try {
            String name = InetAddress.getLocalHost().getHostName();
            if (name.matches("[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*") && !name.matches("[0-9.]+")) {
                hosts.add(name);
            }
        } catch (IOException e) {
            LOG.debug("this host has no name", e);
        }
        return hosts;
    }

    /** A certificate of version 3 [RFC 5280, 4.1]. */
    private static byte[] certificate(KeyPair pair, Set<String> hosts, Instant now) throws GeneralSecurityException {
        byte[] algorithm = Der.sequence(Der.oid(ECDSA_WITH_SHA256));
        byte[] name = Der.sequence(Der.set(Der.sequence(Der.oid(COMMON_NAME), Der.text("Marquetry self-signed"))));
        // Clocks of devices are wrong: an hour before is early enough for most.
        Instant start = now.minus(Duration.ofHours(1));
        byte[] body = Der.sequence(
                Der.explicit(0, Der.integer(2)),
                Der.integer(new BigInteger(127, new SecureRandom()).setBit(126)),
                algorithm,
                name,
                Der.sequence(Der.time(start), Der.time(start.plus(LIFE))),
                name,
                pair.getPublic().getEncoded(),
                Der.explicit(
                        3,
                        Der.sequence(
                                extension(BASIC_CONSTRAINTS, true, Der.sequence()),
                                extension(EXTENDED_KEY_USAGE, false, Der.sequence(Der.oid(SERVER))),
                                extension(SUBJECT_ALTERNATIVE_NAME, false, names(hosts)))));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(pair.getPrivate());
        signature.update(body);
        return Der.sequence(body, algorithm, Der.bits(signature.sign()));
    }

    private static byte[] extension(String oid, boolean critical, byte[] value) {
        return critical
                ? Der.sequence(Der.oid(oid), Der.bool(true), Der.octets(value))
                : Der.sequence(Der.oid(oid), Der.octets(value));
    }

    private static byte[] names(Set<String> hosts) {
        List<byte[]> names = new ArrayList<>();
        hosts.forEach(host -> names.add(Der.implicit(DNS_NAME, host.getBytes(StandardCharsets.US_ASCII))));
        for (String address : List.of("127.0.0.1", "::1")) {
            try {
                names.add(
                        Der.implicit(IP_ADDRESS, InetAddress.getByName(address).getAddress()));
            } catch (IOException e) {
                throw new UncheckedIOException(e); // a literal needs no look-up
            }
        }
        return Der.sequence(names.toArray(byte[][]::new));
    }

    /** A file is there as a whole, with its rights from the first byte, or not at all. */
    private void write(Path file, String text, String rights) throws IOException {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        Set<PosixFilePermission> permissions = PosixFilePermissions.fromString(rights);
        FileAttribute<?>[] attributes = posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
                : new FileAttribute<?>[0];
        Path whole = Files.createTempFile(directory, "new", ".tmp", attributes);
        Files.writeString(whole, text);
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
