// SPDX-License-Identifier: Apache-2.0
/** Asks MongoDB who may connect and what they may do. */
@NullMarked
package io.marquetry.auth.mongodb;

import org.jspecify.annotations.NullMarked;
