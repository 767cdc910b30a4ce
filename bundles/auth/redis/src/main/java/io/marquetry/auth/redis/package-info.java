// SPDX-License-Identifier: Apache-2.0
/** Asks Redis who may connect and what they may do. */
@NullMarked
package io.marquetry.auth.redis;

import org.jspecify.annotations.NullMarked;
