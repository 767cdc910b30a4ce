// SPDX-License-Identifier: Apache-2.0
/** Whole brokers that crash at random, judged by what their clients remember. */
@NullMarked
package io.marquetry.core.internal.broker.crash;

import org.jspecify.annotations.NullMarked;
