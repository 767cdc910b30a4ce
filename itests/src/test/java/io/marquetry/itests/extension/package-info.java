// SPDX-License-Identifier: Apache-2.0
/** What happens to clients while extensions come, change, fail and go in {@code deploy/}. */
@NullMarked
package io.marquetry.itests.extension;

import org.jspecify.annotations.NullMarked;
