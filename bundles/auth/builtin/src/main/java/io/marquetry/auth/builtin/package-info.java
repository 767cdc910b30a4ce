// SPDX-License-Identifier: Apache-2.0
/** Users that the broker keeps itself, and the commands for them. */
@NullMarked
package io.marquetry.auth.builtin;

import org.jspecify.annotations.NullMarked;
