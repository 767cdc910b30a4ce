// SPDX-License-Identifier: Apache-2.0
/** An extension in one class: copy its jar to {@code deploy/} and the running broker stamps messages. */
@NullMarked
package io.marquetry.example.publish.hook;

import org.jspecify.annotations.NullMarked;
