// SPDX-License-Identifier: Apache-2.0
/** What is to survive the broker: collected on each loop, committed in batches, waited for. */
@NullMarked
package io.marquetry.core.internal.store;

import org.jspecify.annotations.NullMarked;
