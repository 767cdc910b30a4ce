// SPDX-License-Identifier: Apache-2.0
/** Who may connect and what they may do, decided by the extensions of the archive. */
@NullMarked
package io.marquetry.itests.auth;

import org.jspecify.annotations.NullMarked;
