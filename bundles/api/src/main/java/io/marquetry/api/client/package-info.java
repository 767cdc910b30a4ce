// SPDX-License-Identifier: Apache-2.0
/** Who a client is, and the door by which gateways and bridges enter as clients. */
@Export
@Version("1.0.0")
@NullMarked
package io.marquetry.api.client;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
