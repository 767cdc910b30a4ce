// SPDX-License-Identifier: Apache-2.0
/** Accepts clients by signed tokens. */
@NullMarked
package io.marquetry.auth.jwt;

import org.jspecify.annotations.NullMarked;
