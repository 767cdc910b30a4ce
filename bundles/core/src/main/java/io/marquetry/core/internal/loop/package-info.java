// SPDX-License-Identifier: Apache-2.0
/** One event loop and what lives on it: mailbox, timers, counters. */
@NullMarked
package io.marquetry.core.internal.loop;

import org.jspecify.annotations.NullMarked;
