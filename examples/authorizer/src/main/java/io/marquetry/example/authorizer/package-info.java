// SPDX-License-Identifier: Apache-2.0
/** An example of an authorizer. */
@NullMarked
package io.marquetry.example.authorizer;

import org.jspecify.annotations.NullMarked;
