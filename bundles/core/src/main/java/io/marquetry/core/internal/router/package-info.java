// SPDX-License-Identifier: Apache-2.0
/** Who gets a message: subscriptions, shared groups, retained messages. */
@NullMarked
package io.marquetry.core.internal.router;

import org.jspecify.annotations.NullMarked;
