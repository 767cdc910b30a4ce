// SPDX-License-Identifier: Apache-2.0
/** Bytes to packets and back, for MQTT 3.1, 3.1.1 and 5.0. No state beyond one connection, no broker. */
@Export
@Version("1.0.0")
@NullMarked
package io.marquetry.codec;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
