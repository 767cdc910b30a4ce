// SPDX-License-Identifier: Apache-2.0
/** Who may connect and what they may do, as real backends say it: also when they hang, die and come back. */
@NullMarked
package io.marquetry.itests.auth;

import org.jspecify.annotations.NullMarked;
