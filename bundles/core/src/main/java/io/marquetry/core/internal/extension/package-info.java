// SPDX-License-Identifier: Apache-2.0
/** The life of an extension: from a jar in {@code deploy/} to its services, and back. */
@NullMarked
package io.marquetry.core.internal.extension;

import org.jspecify.annotations.NullMarked;
