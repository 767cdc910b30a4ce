// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

/** Why a session takes its connection away. */
public enum SessionEnd {
    /** Another connection goes on with the session. */
    TAKEN_OVER,
    /** Another connection starts the session anew. */
    DISCARDED,
    /** An operator ends it. */
    KICKED,
    /** The broker stops. */
    SHUTTING_DOWN
}
