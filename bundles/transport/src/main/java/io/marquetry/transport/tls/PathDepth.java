// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.PKIXCertPathChecker;
import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Refuses long paths. The JDK's own limit counts only where it has to look for a path, not for one that was sent. */
final class PathDepth extends PKIXCertPathChecker {
    private final int most;
    private int seen;

    /** @param most how many certificates may lie between the first trusted one and a client's */
    PathDepth(int most) {
        this.most = most;
    }

    @Override
    public void init(boolean forward) {
        seen = 0;
    }

    @Override
    public boolean isForwardCheckingSupported() {
        return false;
    }

    @Override
    public @Nullable Set<String> getSupportedExtensions() {
        return null;
    }

    /** Called for each certificate from below the trusted one down to the client's. */
    @Override
    public void check(Certificate certificate, @Nullable Collection<String> unresolved)
            throws CertPathValidatorException {
        if (seen++ > most) {
            throw new CertPathValidatorException("more than " + most + " certificates between (verifyDepth)");
        }
    }
}
