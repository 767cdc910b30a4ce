// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jwt;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.util.Base64URL;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.Map;

/** Keys and what they sign. */
final class Tokens {
    private Tokens() {}

    static KeyPair rsa(int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        return generator.generateKeyPair();
    }

    static KeyPair ec() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    static KeyPair ed25519() throws Exception {
        return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    }

    static Path pem(Path file, KeyPair pair) throws IOException {
        return Files.writeString(
                file,
                "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(pair.getPublic().getEncoded())
                        + "\n-----END PUBLIC KEY-----\n");
    }

    static String hmac(String secret, Map<String, ?> claims) throws Exception {
        return hmac(secret.getBytes(UTF_8), claims);
    }

    static String hmac(byte[] secret, Map<String, ?> claims) throws Exception {
        return signed(new JWSHeader(JWSAlgorithm.HS256), new MACSigner(secret), claims);
    }

    static String rsa(KeyPair pair, String id, Map<String, ?> claims) throws Exception {
        return signed(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(id).build(),
                new RSASSASigner(pair.getPrivate()),
                claims);
    }

    static String ec(KeyPair pair, Map<String, ?> claims) throws Exception {
        return signed(new JWSHeader(JWSAlgorithm.ES256), new ECDSASigner((ECPrivateKey) pair.getPrivate()), claims);
    }

    static String ed25519(KeyPair pair, String header, Map<String, ?> claims) throws Exception {
        String signed = Base64URL.encode(header) + "." + new Payload(claims(claims)).toBase64URL();
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(signed.getBytes(UTF_8));
        return signed + "." + Base64URL.encode(signature.sign());
    }

    static String unsigned(String header, String payload) {
        return Base64URL.encode(header) + "." + Base64URL.encode(payload) + ".";
    }

    private static String signed(JWSHeader header, JWSSigner signer, Map<String, ?> claims) throws Exception {
        JWSObject token = new JWSObject(header, new Payload(claims(claims)));
        token.sign(signer);
        return token.serialize();
    }

    private static Map<String, Object> claims(Map<String, ?> claims) {
        return new java.util.HashMap<>(claims);
    }
}
