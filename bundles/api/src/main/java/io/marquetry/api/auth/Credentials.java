// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.auth;

import io.marquetry.api.client.ClientInfo;
import org.jspecify.annotations.Nullable;

/**
 * What a client presented in its CONNECT.
 *
 * @param client who it says it is
 * @param password the password, or null; wiped by the broker once the answer is there, so copy what must last
 * @since 1.0
 */
public record Credentials(ClientInfo client, byte @Nullable [] password) {
    /** Leaves the password out, so that it never reaches a log. */
    @Override
    public String toString() {
        return "Credentials[client=" + client + ", password=" + (password == null ? "none" : "***") + "]";
    }
}
