// SPDX-License-Identifier: Apache-2.0
/** Who may connect and what they may do, with the extensions and the shell of the archive. */
@NullMarked
package io.marquetry.itests.auth;

import org.jspecify.annotations.NullMarked;
