// SPDX-License-Identifier: Apache-2.0
/**
 * What an extension can say of itself, and what the broker lends it.
 *
 * <p>Service properties that the broker reads of every service of {@code io.marquetry.api}: {@code service.ranking}
 * orders a chain, highest first; {@code marquetry.name} is how configuration and commands call the service. Without the
 * latter, the name is the PID of its component without {@code io.marquetry.} and, for a factory, with {@code ~} and the
 * name of the instance, for example {@code auth.jdbc~default}; without a PID, the symbolic name of its bundle
 */
@Export
@Version("1.0.0")
@NullMarked
package io.marquetry.api.extension;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
