// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

/** What happens to a client that publishes what it may not. */
public enum DenyAction {
    /** The message ends; MQTT 5 clients see 0x87 in the acknowledgement. */
    IGNORE,
    /** The connection ends. */
    DISCONNECT
}
