// SPDX-License-Identifier: Apache-2.0
/** Settings: typed, checked, immutable. */
@NullMarked
package io.marquetry.core.internal.config;

import org.jspecify.annotations.NullMarked;
