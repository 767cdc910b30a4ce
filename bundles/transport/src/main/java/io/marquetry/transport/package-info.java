// SPDX-License-Identifier: Apache-2.0
/** Sockets: listeners, and channels as wires. */
@NullMarked
package io.marquetry.transport;

import org.jspecify.annotations.NullMarked;
