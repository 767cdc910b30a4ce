// SPDX-License-Identifier: Apache-2.0
/** Asks an SQL database who may connect and what they may do. */
@NullMarked
package io.marquetry.auth.jdbc;

import org.jspecify.annotations.NullMarked;
