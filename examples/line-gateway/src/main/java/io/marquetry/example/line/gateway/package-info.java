// SPDX-License-Identifier: Apache-2.0
/** An example of a gateway. */
@NullMarked
package io.marquetry.example.line.gateway;

import org.jspecify.annotations.NullMarked;
