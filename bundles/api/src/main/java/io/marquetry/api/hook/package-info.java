// SPDX-License-Identifier: Apache-2.0
/** Looks at, changes or refuses what passes through the broker. */
@Export
@Version("1.0.0")
@NullMarked
package io.marquetry.api.hook;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
