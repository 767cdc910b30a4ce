// SPDX-License-Identifier: Apache-2.0
/** What happens in the broker, told later and in batches to whoever wants to know */
@Export
@Version("1.0.0")
@NullMarked
package io.marquetry.api.event;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
