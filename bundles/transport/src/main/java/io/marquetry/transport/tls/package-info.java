// SPDX-License-Identifier: Apache-2.0
/** TLS from PEM files: certificates by name, clients' certificates, sessions, and files that change. */
@NullMarked
package io.marquetry.transport.tls;

import org.jspecify.annotations.NullMarked;
