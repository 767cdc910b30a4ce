// SPDX-License-Identifier: Apache-2.0
/** An example of a deliver hook. */
@NullMarked
package io.marquetry.example.deliver.hook;

import org.jspecify.annotations.NullMarked;
