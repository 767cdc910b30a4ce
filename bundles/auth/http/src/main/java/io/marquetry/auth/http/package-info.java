// SPDX-License-Identifier: Apache-2.0
/** Asks an HTTP server who may connect and what they may do. */
@NullMarked
package io.marquetry.auth.http;

import org.jspecify.annotations.NullMarked;
