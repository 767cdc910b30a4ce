// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support.web;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Keys and certificates from PEM files. What cannot be read is an {@link IllegalArgumentException} with a sentence. */
public final class Pem {
    private static final int LARGEST_FILE = 1 << 20;
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    private Pem() {}

    /** All certificates of a file; at least one. */
    public static List<X509Certificate> certificates(Path file) {
        List<X509Certificate> found = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (byte[] der : blocks(file, "CERTIFICATE")) {
                Certificate certificate = factory.generateCertificate(new ByteArrayInputStream(der));
                found.add((X509Certificate) certificate);
            }
        } catch (CertificateException e) {
            throw new IllegalArgumentException("expected certificates in PEM (" + e.getMessage() + ")", e);
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException("expected at least one block BEGIN CERTIFICATE");
        }
        return found;
    }

    /** The public key of a file: the first {@code PUBLIC KEY}, or that of its first certificate. */
    public static PublicKey publicKey(Path file) {
        List<byte[]> keys = blocks(file, "PUBLIC KEY");
        if (!keys.isEmpty()) {
            X509EncodedKeySpec spec = new X509EncodedKeySpec(keys.get(0));
            return key("public", factory -> factory.generatePublic(spec));
        }
        if (!blocks(file, "CERTIFICATE").isEmpty()) {
            return certificates(file).get(0).getPublicKey();
        }
        throw new IllegalArgumentException("expected a block BEGIN PUBLIC KEY or BEGIN CERTIFICATE;"
                + " openssl pkey -in PRIVATE-KEY -pubout writes the former");
    }

    /** The private key of a file, in PKCS#8 without a password. */
    public static PrivateKey privateKey(Path file) {
        List<byte[]> keys = blocks(file, "PRIVATE KEY");
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("expected a block BEGIN PRIVATE KEY, not encrypted;"
                    + " openssl pkcs8 -topk8 -nocrypt -in KEY writes one");
        }
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(keys.get(0));
        return key("private", factory -> factory.generatePrivate(spec));
    }

    private interface Reading<K> {
        K read(KeyFactory factory) throws InvalidKeySpecException;
    }

    private static <K> K key(String which, Reading<K> reading) {
        for (String algorithm : ALGORITHMS) {
            K key = keyOf(algorithm, reading);
            if (key != null) {
                return key;
            }
        }
        throw new IllegalArgumentException(
                "expected a " + which + " key of RSA, of a NIST curve or of Ed25519, in PEM");
    }

    private static <K> @Nullable K keyOf(String algorithm, Reading<K> reading) {
        try {
            return reading.read(KeyFactory.getInstance(algorithm));
        } catch (InvalidKeySpecException e) {
            return null; // of another algorithm, or of none
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no keys of " + algorithm, e);
        }
    }

    private static List<byte[]> blocks(Path file, String label) {
        List<byte[]> found = new ArrayList<>();
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw new IllegalArgumentException("expected a PEM file of at most 1 MiB");
            }
            // Comments between the blocks may be in any encoding.
            Matcher block = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
            while (block.find()) {
                if (block.group(1).equals(label)) {
                    found.add(Base64.getMimeDecoder().decode(block.group(2)));
                }
            }
            return found;
        } catch (IOException e) {
            throw new IllegalArgumentException("expected a file that can be read (" + e + ")", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("expected PEM (" + e.getMessage() + ")", e);
        }
    }
}
