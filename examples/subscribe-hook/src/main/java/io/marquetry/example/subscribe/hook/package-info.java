// SPDX-License-Identifier: Apache-2.0
/** An example of a subscribe hook. */
@NullMarked
package io.marquetry.example.subscribe.hook;

import org.jspecify.annotations.NullMarked;
