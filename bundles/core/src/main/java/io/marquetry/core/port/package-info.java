// SPDX-License-Identifier: Apache-2.0
/** The one door between sockets and the broker. */
@Export
@Version("1.0.0")
@NullMarked
package io.marquetry.core.port;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
