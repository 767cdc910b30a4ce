// SPDX-License-Identifier: Apache-2.0
/** Who may connect and what they may do. */
@Export
@Version("1.0.0")
@NullMarked
package io.marquetry.api.auth;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
