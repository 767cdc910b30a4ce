// SPDX-License-Identifier: Apache-2.0
/** Extensions in the path of a message, as immutable arrays. */
@NullMarked
package io.marquetry.core.internal.hook;

import org.jspecify.annotations.NullMarked;
