// SPDX-License-Identifier: Apache-2.0
/** What a client may do, and what of that is remembered. */
@NullMarked
package io.marquetry.core.internal.access;

import org.jspecify.annotations.NullMarked;
