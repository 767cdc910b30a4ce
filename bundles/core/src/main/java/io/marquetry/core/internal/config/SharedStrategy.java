// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

/** How a shared group picks the member that gets a message. */
public enum SharedStrategy {
    /** Any member. */
    RANDOM,
    /** One after the other. */
    ROUND_ROBIN
}
