// SPDX-License-Identifier: Apache-2.0
/** What the extensions of authentication and authorization share: each of them carries a copy in its own jar. */
@NullMarked
package io.marquetry.auth.support;

import org.jspecify.annotations.NullMarked;
