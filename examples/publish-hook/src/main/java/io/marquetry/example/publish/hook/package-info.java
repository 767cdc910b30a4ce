// SPDX-License-Identifier: Apache-2.0
/** An example of a publish hook. */
@NullMarked
package io.marquetry.example.publish.hook;

import org.jspecify.annotations.NullMarked;
