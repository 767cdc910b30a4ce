// SPDX-License-Identifier: Apache-2.0
/** Users of a file as mosquitto_passwd makes it. */
@NullMarked
package io.marquetry.auth.file;

import org.jspecify.annotations.NullMarked;
