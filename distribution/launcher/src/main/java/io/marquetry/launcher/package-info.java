// SPDX-License-Identifier: Apache-2.0
/** What runs before the container: it knows directories and locks, and nothing about MQTT. */
@NullMarked
package io.marquetry.launcher;

import org.jspecify.annotations.NullMarked;
