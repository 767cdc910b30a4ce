// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.store;

/**
 * A store cannot do what it was asked for. Its message is a sentence for the person on call: what failed, at which
 * file, and what to do.
 *
 * @since 1.0
 */
public class StoreException extends Exception {
    private static final long serialVersionUID = 1;

    public StoreException(String message) {
        super(message);
    }

    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
