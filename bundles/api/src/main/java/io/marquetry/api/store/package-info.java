// SPDX-License-Identifier: Apache-2.0
/**
 * Where sessions, their messages and retained messages lie when they must survive the broker. The broker says what is
 * kept and in which form; a store keeps bytes in order, changes them in batches that are whole or not there at all, and
 * says when a batch survives.
 */
@Export
@Version("1.0.0")
@NullMarked
package io.marquetry.api.store;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
