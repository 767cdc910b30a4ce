// SPDX-License-Identifier: Apache-2.0
/** Clients and brokers of other makes, as their users run them, against the distribution. */
@NullMarked
package io.marquetry.itests.interop;

import org.jspecify.annotations.NullMarked;
