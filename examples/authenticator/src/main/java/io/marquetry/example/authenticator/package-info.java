// SPDX-License-Identifier: Apache-2.0
/** An example of an authenticator. */
@NullMarked
package io.marquetry.example.authenticator;

import org.jspecify.annotations.NullMarked;
