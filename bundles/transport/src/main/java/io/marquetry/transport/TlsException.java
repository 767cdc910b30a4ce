// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

/** Says in a sentence why a listener's certificates cannot be used. */
final class TlsException extends Exception {
    private static final long serialVersionUID = 1;

    TlsException(String message) {
        super(message);
    }
}
