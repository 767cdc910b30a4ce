// SPDX-License-Identifier: Apache-2.0
/** What an operator does with a broker that runs. */
@NullMarked
package io.marquetry.itests.store;

import org.jspecify.annotations.NullMarked;
