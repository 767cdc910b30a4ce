// SPDX-License-Identifier: Apache-2.0
/** How extensions ask a server over HTTP, and what they understand of its JSON. */
@NullMarked
package io.marquetry.auth.support.web;

import org.jspecify.annotations.NullMarked;
