// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

/** A jar is not taken; the message says, behind "is not installed:", what was expected and what is there. */
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String sentence) {
        super(sentence);
    }

    RefusedException(String sentence, Throwable cause) {
        super(sentence, cause);
    }

    /** The sentence. */
    String sentence() {
        return String.valueOf(getMessage());
    }
}
