// SPDX-License-Identifier: Apache-2.0
/** The state machine behind one wire. */
@NullMarked
package io.marquetry.core.internal.connection;

import org.jspecify.annotations.NullMarked;
