// SPDX-License-Identifier: Apache-2.0
/** What Marquetry promises beyond the specifications. */
@NullMarked
package io.marquetry.itests.behaviour;

import org.jspecify.annotations.NullMarked;
