// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;

/**
 * A whole jar that is a bundle, copied to where nobody writes to it: what was checked is what runs.
 *
 * @param file where it lies in {@code deploy/}
 * @param copy its copy
 * @param hash the SHA-256 of its content
 * @param name its symbolic name
 * @param version its version
 * @param headers the main section of its manifest, by names without regard to case
 */
record Jar(Path file, Path copy, String hash, String name, Version version, Map<String, String> headers) {
    private static final long MOST_BYTES = 1L << 30;

    /** The file is no whole jar: it is broken, or somebody still copies it. */
    static final class NotWholeException extends Exception {
        private static final long serialVersionUID = 1L;

        NotWholeException(String complaint) {
            super(complaint);
        }
    }

    /** Copies the file to {@code copy} and reads it there. */
    static Jar read(Path file, Path copy) throws IOException, NotWholeException, RefusedException {
        String hash = copy(file, copy);
        try (ZipFile zip = new ZipFile(copy.toFile())) {
            readEveryEntry(zip);
        } catch (ZipException | IllegalArgumentException e) {
            throw new NotWholeException("it cannot be read (" + e.getMessage() + ")");
        }
        Map<String, String> headers = headers(copy);
        String symbolicName = headers.get(Constants.BUNDLE_SYMBOLICNAME);
        if (symbolicName == null) {
            throw new RefusedException(
                    "expected a whole jar whose manifest has a Bundle-SymbolicName, but its manifest has none");
        }
        if (!"2"
                .equals(headers.getOrDefault(Constants.BUNDLE_MANIFESTVERSION, "")
                        .strip())) {
            throw new RefusedException("expected Bundle-ManifestVersion: 2 in its manifest");
        }
        String name = HeaderClause.parse(symbolicName).get(0).paths().get(0);
        if (!name.matches("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*")) {
            throw new RefusedException("expected a Bundle-SymbolicName of letters, digits, _, - and ., got " + name);
        }
        return new Jar(file, copy, hash, name, version(headers), headers);
    }

    private static String copy(Path file, Path copy) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        Files.createDirectories(copy.toAbsolutePath().getParent());
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest);
                OutputStream out = new BufferedOutputStream(Files.newOutputStream(copy))) {
            in.transferTo(out);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The directory of a ZIP is at its end, and each entry has a sum: one that was cut off or overwritten shows. */
    private static void readEveryEntry(ZipFile zip) throws IOException, NotWholeException {
        byte[] buffer = new byte[65_536];
        long total = 0;
        for (ZipEntry entry : Collections.list(zip.entries())) {
            CRC32 sum = new CRC32();
            try (InputStream in = zip.getInputStream(entry)) {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    sum.update(buffer, 0, n);
                    total += n;
                    if (total > MOST_BYTES) {
                        throw new NotWholeException("it unpacks to more than " + MOST_BYTES + " bytes");
                    }
                }
            } catch (IOException e) {
                throw new NotWholeException(
                        "its entry " + entry.getName() + " cannot be read (" + e.getMessage() + ")");
            }
            if (entry.getCrc() != sum.getValue()) {
                throw new NotWholeException("its entry " + entry.getName() + " does not have the sum that it should");
            }
        }
    }

    private static Map<String, String> headers(Path copy) throws IOException, RefusedException {
        try (JarFile jar = new JarFile(copy.toFile(), false)) {
            Manifest manifest = jar.getManifest();
            if (manifest == null) {
                throw new RefusedException(
                        "expected a whole jar whose manifest has a Bundle-SymbolicName, but it has no manifest");
            }
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            manifest.getMainAttributes().forEach((key, value) -> headers.put(key.toString(), value.toString()));
            return headers;
        }
    }

    private static Version version(Map<String, String> headers) throws RefusedException {
        String text = headers.getOrDefault(Constants.BUNDLE_VERSION, "0");
        try {
            return Version.parseVersion(text);
        } catch (IllegalArgumentException e) {
            throw new RefusedException("expected a Bundle-Version such as 1.2.3, got " + text, e);
        }
    }

    /** The same with its copy in another place. */
    Jar at(Path other) {
        return new Jar(file, other, hash, name, version, headers);
    }

    /** The clauses of a header; none when it is not there. */
    List<HeaderClause> clauses(String header) {
        String text = headers.get(header);
        return text == null ? List.of() : HeaderClause.parse(text);
    }
}
