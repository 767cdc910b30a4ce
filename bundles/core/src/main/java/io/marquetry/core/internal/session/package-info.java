// SPDX-License-Identifier: Apache-2.0
/** What outlives a connection: subscriptions, queue, in-flight messages, will. */
@NullMarked
package io.marquetry.core.internal.session;

import org.jspecify.annotations.NullMarked;
