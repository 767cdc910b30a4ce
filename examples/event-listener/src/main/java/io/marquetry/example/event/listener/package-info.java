// SPDX-License-Identifier: Apache-2.0
/** An example of an event listener. */
@NullMarked
package io.marquetry.example.event.listener;

import org.jspecify.annotations.NullMarked;
