// SPDX-License-Identifier: Apache-2.0
/** The words of the MQTT specifications: quality of service, reason codes, topics, messages. */
@Export
@Version("1.0.0")
@NullMarked
package io.marquetry.api.mqtt;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
