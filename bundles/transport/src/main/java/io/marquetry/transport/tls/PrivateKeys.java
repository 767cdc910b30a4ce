// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/** Reads private keys in the forms that people have: PKCS#8, encrypted or not, PKCS#1 (RSA) and SEC1 (EC). */
final class PrivateKeys {
    private static final String WHAT = "a private key in PEM";
    private static final String RSA = "1.2.840.113549.1.1.1";
    private static final String EC = "1.2.840.10045.2.1";

    private PrivateKeys() {}

    /** @param password opens an encrypted key; empty for none */
    static PrivateKey read(Path file, String password) throws TlsException {
        byte[] curve = null;
        for (Pem.Block block : Pem.blocks(file, WHAT)) {
            if (block.headers().contains("ENCRYPTED")) {
                throw new TlsException(file + " is encrypted in OpenSSL's old form, which is not safe: convert it with"
                        + " openssl pkcs8 -topk8 -v2 aes-256-cbc -in " + file + " -out NEW-FILE");
            }
            switch (block.label()) {
                case "EC PARAMETERS" -> curve = block.content();
                case "PRIVATE KEY" -> {
                    return key(file, block.content());
                }
                case "ENCRYPTED PRIVATE KEY" -> {
                    return key(file, decrypted(file, block.content(), password));
                }
                case "RSA PRIVATE KEY" -> {
                    return key(file, pkcs8(RSA, Der.nothing(), block.content()));
                }
                case "EC PRIVATE KEY" -> {
                    byte[] own = Der.explicitOf(block.content(), 0);
                    return key(file, pkcs8(EC, curveOf(file, own == null ? curve : own), block.content()));
                }
                default -> {
                    // a certificate, which may stand in the same file
                }
            }
        }
        throw new TlsException(file + " has no block BEGIN PRIVATE KEY, ENCRYPTED PRIVATE KEY, RSA PRIVATE KEY or EC"
                + " PRIVATE KEY: expected " + WHAT);
    }

    private static byte[] curveOf(Path file, byte @Nullable [] curve) throws TlsException {
        if (curve == null) {
            throw new TlsException(file + " does not name its curve: convert it with openssl pkcs8 -topk8 -nocrypt -in "
                    + file + " -out NEW-FILE");
        }
        return curve;
    }

    private static byte[] pkcs8(String algorithm, byte[] parameters, byte[] key) {
        return Der.sequence(Der.integer(0), Der.sequence(Der.oid(algorithm), parameters), Der.octets(key));
    }

    private static PrivateKey key(Path file, byte[] pkcs8) throws TlsException {
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(pkcs8);
        for (String algorithm : List.of("RSA", "EC", "RSASSA-PSS", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException e) {
                // of another algorithm, or of none: the sentence below
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("this JVM has no keys of " + algorithm, e);
            }
        }
        throw new TlsException(file + " has a key that cannot be read: expected a key of RSA, of a NIST curve or of"
                + " Ed25519, in PEM");
    }

    private static byte[] decrypted(Path file, byte[] content, String password) throws TlsException {
        if (password.isEmpty()) {
            throw new TlsException(file + " is encrypted: expected its password in keyPassword");
        }
        EncryptedPrivateKeyInfo info;
        Cipher cipher;
        String form = "an unknown form";
        PBEKeySpec secret = new PBEKeySpec(password.toCharArray());
        try {
            info = new EncryptedPrivateKeyInfo(content);
            // For PBES2 only the parameters know the whole name, such as PBEWithHmacSHA256AndAES_256.
            form = info.getAlgParameters() == null
                    ? info.getAlgName()
                    : info.getAlgParameters().toString();
            if (!form.startsWith("PBE")) {
                form = info.getAlgName();
            }
            cipher = Cipher.getInstance(form);
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    SecretKeyFactory.getInstance(form).generateSecret(secret),
                    info.getAlgParameters());
        } catch (IOException | GeneralSecurityException e) {
            throw new TlsException(
                    file + " is encrypted in a form that this JVM does not know (" + form + "): convert it with openssl"
                            + " pkcs8 -topk8 -v2 aes-256-cbc -in " + file + " -out NEW-FILE",
                    e);
        } finally {
            secret.clearPassword();
        }
        try {
            return info.getKeySpec(cipher).getEncoded();
        } catch (GeneralSecurityException e) {
            throw new TlsException(file + " cannot be opened: expected its password in keyPassword", e);
        }
    }
}
