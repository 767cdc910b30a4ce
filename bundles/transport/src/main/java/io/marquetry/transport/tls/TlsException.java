// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

/** Certificates, keys or lists that cannot be used; the message is one sentence for the operator. */
public final class TlsException extends Exception {
    private static final long serialVersionUID = 1L;

    TlsException(String sentence) {
        super(sentence);
    }

    TlsException(String sentence, Throwable cause) {
        super(sentence, cause);
    }

    /** The sentence. */
    String sentence() {
        return String.valueOf(getMessage());
    }
}
