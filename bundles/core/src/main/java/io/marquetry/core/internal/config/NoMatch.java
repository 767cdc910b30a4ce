// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

/** What holds when no authorizer has a rule. */
public enum NoMatch {
    /** Deny once an authorizer was there, allow before. */
    AUTO,
    /** Allow. */
    ALLOW,
    /** Deny. */
    DENY
}
