// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.jca.JCAContext;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.Set;

/** Ed25519 by the JDK; the verifier of the library needs Tink, which is larger than all the rest. */
final class Ed25519Verifier implements JWSVerifier {
    private static final byte[] HEADER_OF_SPKI = HexFormat.of().parseHex("302a300506032b6570032100");
    private static final int KEY_LENGTH = 32;

    private final PublicKey key;
    private final JCAContext context = new JCAContext();

    Ed25519Verifier(PublicKey key) {
        this.key = key;
    }

    /** The public key that a JWK writes as {@code x}. */
    static PublicKey key(byte[] x) throws GeneralSecurityException {
        if (x.length != KEY_LENGTH) {
            throw new GeneralSecurityException("expected " + KEY_LENGTH + " bytes of Ed25519, got " + x.length);
        }
        byte[] spki = new byte[HEADER_OF_SPKI.length + KEY_LENGTH];
        System.arraycopy(HEADER_OF_SPKI, 0, spki, 0, HEADER_OF_SPKI.length);
        System.arraycopy(x, 0, spki, HEADER_OF_SPKI.length, KEY_LENGTH);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(spki));
    }

    @Override
    public boolean verify(JWSHeader header, byte[] signed, Base64URL signature) throws JOSEException {
        if (header.getCriticalParams() != null) {
            return false; // something that has to be understood, and is not
        }
        try {
            Signature verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(key);
            verifier.update(signed);
            return verifier.verify(signature.decode());
        } catch (SignatureException e) {
            return false; // of another length, or no point of the curve
        } catch (GeneralSecurityException e) {
            throw new JOSEException("this JVM cannot use the key: " + e.getMessage(), e);
        }
    }

    @Override
    public Set<JWSAlgorithm> supportedJWSAlgorithms() {
        return Set.of(JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519);
    }

    @Override
    public JCAContext getJCAContext() {
        return context;
    }
}
