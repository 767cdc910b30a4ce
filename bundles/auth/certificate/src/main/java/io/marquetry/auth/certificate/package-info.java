// SPDX-License-Identifier: Apache-2.0
/** Accepts clients by the certificate that their listener has checked. */
@NullMarked
package io.marquetry.auth.certificate;

import org.jspecify.annotations.NullMarked;
