// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.io.EOFException;
import java.io.IOException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateRevokedException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The names under which handshakes that failed are counted. */
final class TlsReasons {
    private TlsReasons() {}

    /** The first cause that tells something, from the outermost on. */
    static String of(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 16; depth++) {
            String reason = reason(cause);
            if (reason != null) {
                return reason;
            }
            cause = cause.getCause();
        }
        return "ssl_error";
    }

    private static @Nullable String reason(Throwable cause) {
        if (cause instanceof SslHandshakeTimeoutException) {
            return "ssl_upgrade_timeout";
        } else if (cause instanceof NotSslRecordException) {
            return "not_ssl";
        } else if (cause instanceof CertificateExpiredException || cause instanceof CertificateNotYetValidException) {
            return "certificate_expired";
        } else if (cause instanceof CertificateRevokedException) {
            return "certificate_revoked";
        } else if (cause instanceof CertPathValidatorException path) {
            return reason(path);
        } else if (cause instanceof CertPathBuilderException
                || cause instanceof CertificateException && cause.getCause() == null) {
            return "certificate_unknown";
        } else if (cause instanceof SSLException) {
            String message = String.valueOf(cause.getMessage());
            // Neither the JDK nor BoringSSL has a type of its own for these.
            return message.contains("Empty client certificate chain")
                            || message.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE")
                    ? "certificate_required"
                    : message.contains("closed inbound") || message.contains("closing inbound") ? "ssl_closed" : null;
        } else if (cause instanceof EOFException || cause instanceof IOException) {
            return "ssl_closed";
        }
        return null;
    }

    private static @Nullable String reason(CertPathValidatorException path) {
        if (path.getReason() == BasicReason.EXPIRED || path.getReason() == BasicReason.NOT_YET_VALID) {
            return "certificate_expired";
        } else if (path.getReason() == BasicReason.REVOKED) {
            return "certificate_revoked";
        }
        return path.getCause() == null ? "certificate_unknown" : null;
    }
}
