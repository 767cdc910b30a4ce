// SPDX-License-Identifier: Apache-2.0
/** Puts the broker together, and its one component in the container. */
@NullMarked
package io.marquetry.core.internal.broker;

import org.jspecify.annotations.NullMarked;
