// SPDX-License-Identifier: Apache-2.0
/** The shape of the code: which way the arrows point, and what is promised to extensions. */
@NullMarked
package io.marquetry.itests.architecture;

import org.jspecify.annotations.NullMarked;
