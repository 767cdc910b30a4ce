// SPDX-License-Identifier: Apache-2.0
/** Who may not connect, by an operator's word or because it comes and goes too often. */
@NullMarked
package io.marquetry.core.internal.ban;

import org.jspecify.annotations.NullMarked;
