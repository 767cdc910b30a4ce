// SPDX-License-Identifier: Apache-2.0
/** What the pieces of the hot path cost, each alone. */
@NullMarked
package io.marquetry.benchmarks;

import org.jspecify.annotations.NullMarked;
