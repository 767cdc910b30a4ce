// SPDX-License-Identifier: Apache-2.0
/** An example of a connect hook. */
@NullMarked
package io.marquetry.example.connect.hook;

import org.jspecify.annotations.NullMarked;
