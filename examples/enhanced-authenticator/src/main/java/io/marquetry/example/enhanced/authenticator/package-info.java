// SPDX-License-Identifier: Apache-2.0
/** An example of an enhanced authenticator. */
@NullMarked
package io.marquetry.example.enhanced.authenticator;

import org.jspecify.annotations.NullMarked;
