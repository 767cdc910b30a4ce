// SPDX-License-Identifier: Apache-2.0
/** Clients without a socket: what gateways and bridges connect by. */
@NullMarked
package io.marquetry.core.internal.client;

import org.jspecify.annotations.NullMarked;
