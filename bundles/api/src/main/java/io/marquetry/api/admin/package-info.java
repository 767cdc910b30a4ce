// SPDX-License-Identifier: Apache-2.0
/** What an operator can ask of a running broker. */
@Export
@Version("1.0.0")
@NullMarked
package io.marquetry.api.admin;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
