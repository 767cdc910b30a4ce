// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One key, and the algorithms that are its own. The key says how a token is checked, the token never does: a public key
 * is no secret for an HMAC, and {@code none} belongs to no key.
 *
 * @param id what tokens call it, or null
 */
record VerificationKey(@Nullable String id, Set<JWSAlgorithm> algorithms, JWSVerifier verifier) {
    private static final int LEAST_RSA_BITS = 2048;
    private static final int LEAST_SECRET_BYTES = 32;

    /**
     * A shared secret.
     *
     * @throws IllegalArgumentException with a sentence, when it is too short
     */
    static VerificationKey of(byte[] secret) {
        if (secret.length < LEAST_SECRET_BYTES) {
            throw new IllegalArgumentException("expected a secret of at least " + LEAST_SECRET_BYTES
                    + " bytes, as HS256 wants it (48 for HS384, 64 for HS512), got " + secret.length);
        }
        try {
            return new VerificationKey(
                    null,
                    Set.copyOf(MACSigner.getCompatibleAlgorithms(secret.length * Byte.SIZE)),
                    new MACVerifier(secret));
        } catch (JOSEException e) {
            throw new IllegalArgumentException("expected a secret for HMAC (" + e.getMessage() + ")", e);
        }
    }

    /**
     * A public key.
     *
     * @throws IllegalArgumentException with a sentence, when it is of another kind or too short
     */
    static VerificationKey of(@Nullable String id, PublicKey key) {
        JWSVerifier verifier = verifier(key);
        return new VerificationKey(id, Set.copyOf(verifier.supportedJWSAlgorithms()), verifier);
    }

    private static JWSVerifier verifier(PublicKey key) {
        try {
            if (key instanceof RSAPublicKey rsa) {
                if (rsa.getModulus().bitLength() < LEAST_RSA_BITS) {
                    throw new IllegalArgumentException("expected an RSA key of at least " + LEAST_RSA_BITS
                            + " bits, got " + rsa.getModulus().bitLength());
                }
                return new RSASSAVerifier(rsa);
            }
            if (key instanceof ECPublicKey ec) {
                return new ECDSAVerifier(ec);
            }
            if (key instanceof EdECPublicKey ed && ed.getParams().getName().equals("Ed25519")) {
                return new Ed25519Verifier(key);
            }
        } catch (JOSEException e) {
            throw new IllegalArgumentException("expected a key of P-256, P-384 or P-521 (" + e.getMessage() + ")", e);
        }
        throw new IllegalArgumentException(
                "expected a key of RSA, P-256, P-384, P-521 or Ed25519, got one of " + key.getAlgorithm());
    }

    /**
     * A key of a key set.
     *
     * @return null for a key that checks no signatures, and for secrets: a set that everybody can read has none
     * @throws IllegalArgumentException with a sentence, when it cannot be used
     */
    static @Nullable VerificationKey of(JWK jwk) {
        if (jwk.getKeyUse() != null && !jwk.getKeyUse().equals(KeyUse.SIGNATURE)) {
            return null;
        }
        PublicKey key = publicKey(jwk);
        if (key == null) {
            return null;
        }
        VerificationKey made = of(jwk.getKeyID(), key);
        if (jwk.getAlgorithm() == null) {
            return made;
        }
        Set<JWSAlgorithm> algorithms = new HashSet<>(made.algorithms);
        algorithms.removeIf(
                algorithm -> !algorithm.getName().equals(jwk.getAlgorithm().getName()));
        return new VerificationKey(made.id, Set.copyOf(algorithms), made.verifier);
    }

    private static @Nullable PublicKey publicKey(JWK jwk) {
        try {
            if (jwk instanceof RSAKey rsa) {
                return rsa.toRSAPublicKey();
            }
            if (jwk instanceof ECKey ec) {
                return ec.toECPublicKey();
            }
            if (jwk instanceof OctetKeyPair pair && pair.getCurve().equals(Curve.Ed25519)) {
                return Ed25519Verifier.key(pair.getDecodedX());
            }
            return null;
        } catch (JOSEException | GeneralSecurityException e) {
            throw new IllegalArgumentException("expected a public key (" + e.getMessage() + ")", e);
        }
    }

    /** The same key, for some of its algorithms only. */
    VerificationKey only(Set<JWSAlgorithm> wanted) {
        Set<JWSAlgorithm> both = new HashSet<>(algorithms);
        both.retainAll(wanted);
        return new VerificationKey(id, Set.copyOf(both), verifier);
    }

    /** Whether a token with this header may be checked with it. */
    boolean fits(JWSHeader header) {
        return algorithms.contains(header.getAlgorithm())
                && (id == null || header.getKeyID() == null || id.equals(header.getKeyID()));
    }

    /** Whether it has signed this token. */
    boolean hasSigned(JWSObject token) {
        try {
            return verifier.verify(token.getHeader(), token.getSigningInput(), token.getSignature());
        } catch (JOSEException e) {
            throw new Refused("its signature cannot be checked: " + e.getMessage());
        }
    }

    /** Leaves the key out, so that a secret never reaches a log. */
    @Override
    public String toString() {
        return "VerificationKey[id=" + id + ", algorithms=" + algorithms + "]";
    }
}
