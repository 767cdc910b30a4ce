// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** PEM files [RFC 7468]. */
final class Pem {
    private static final Pattern BLOCK = Pattern.compile(
            "-----BEGIN (?<label>[A-Z0-9 ]+)-----\\R(?<body>[^-]*+(?:-(?!----END )[^-]*+)*+)-----END \\k<label>-----");
    /** Nothing that belongs to a listener is larger, a list of a million revoked certificates included. */
    private static final long MOST_BYTES = 64L << 20;

    /**
     * One thing of a file.
     *
     * @param label what stands behind BEGIN
     * @param headers the lines before the content, or the empty string
     * @param content DER
     */
    record Block(String label, String headers, byte[] content) {}

    private Pem() {}

    /** The bytes of a file; what stands in the way becomes a sentence with {@code what} it should have been. */
    static byte[] bytes(Path file, String what) throws TlsException {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new TlsException(file + " is larger than 64 MB: expected " + what);
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new TlsException(file + " does not exist: expected " + what, e);
        } catch (AccessDeniedException e) {
            throw new TlsException(
                    file + " may not be read by user " + System.getProperty("user.name") + ": expected " + what, e);
        } catch (IOException e) {
            throw new TlsException(file + " cannot be read (" + e.getMessage() + "): expected " + what, e);
        }
    }

    static List<Block> blocks(Path file, String what) throws TlsException {
        return blocks(file, bytes(file, what), what);
    }

    static List<Block> blocks(Path file, byte[] bytes, String what) throws TlsException {
        List<Block> result = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
        while (matcher.find()) {
            String body = matcher.group("body").replace("\r", "");
            int blank = body.indexOf("\n\n");
            boolean hasHeaders = body.contains(":") && blank >= 0;
            try {
                result.add(new Block(
                        matcher.group("label"),
                        hasHeaders ? body.substring(0, blank) : "",
                        Base64.getMimeDecoder().decode(hasHeaders ? body.substring(blank) : body)));
            } catch (IllegalArgumentException e) {
                throw new TlsException(file + " has a block that is no base64: expected " + what, e);
            }
        }
        return result;
    }

    /** All certificates of a file. */
    static List<X509Certificate> certificates(Path file, String what) throws TlsException {
        List<X509Certificate> result = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (Block block : blocks(file, what)) {
                if (block.label().endsWith("CERTIFICATE")) { // OpenSSL writes TRUSTED CERTIFICATE and X509 CERTIFICATE
                    result.add(
                            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.content())));
                }
            }
        } catch (CertificateException e) {
            throw new TlsException(file + " has a certificate that cannot be read: expected " + what, e);
        }
        if (result.isEmpty()) {
            throw new TlsException(file + " has no block BEGIN CERTIFICATE: expected " + what);
        }
        return result;
    }

    /** A block as text. */
    static String text(String label, byte[] content) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content)
                + "\n-----END " + label + "-----\n";
    }
}
