// SPDX-License-Identifier: Apache-2.0
/** A message inside the broker: its bytes, and the frames made of them. */
@NullMarked
package io.marquetry.core.internal.message;

import org.jspecify.annotations.NullMarked;
