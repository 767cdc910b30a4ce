// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.port;

/**
 * What of a client's certificate is used.
 *
 * @since 1.0
 */
public enum CertificateField {
    /** Nothing. */
    NONE,
    /** The common name of its subject. */
    CN,
    /** The distinguished name of its subject, RFC 2253. */
    DN
}
