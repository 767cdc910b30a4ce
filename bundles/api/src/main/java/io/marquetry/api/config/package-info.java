// SPDX-License-Identifier: Apache-2.0
/** Reads configuration with types, bounds and sentences that say what is wrong. */
@Export
@Version("1.0.0")
@NullMarked
package io.marquetry.api.config;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
