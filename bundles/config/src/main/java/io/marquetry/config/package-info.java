// SPDX-License-Identifier: Apache-2.0
/**
 * Lays the environment over the configuration files, before any component sees them. Starts ahead of Config Admin,
 * hence without Declarative Services.
 */
@NullMarked
package io.marquetry.config;

import org.jspecify.annotations.NullMarked;
