// SPDX-License-Identifier: Apache-2.0
package io.marquetry.launcher;

/** The broker cannot start; the message is a sentence for the operator. */
final class LaunchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LaunchException(String message) {
        super(message);
    }

    LaunchException(String message, Throwable cause) {
        super(message, cause);
    }
}
