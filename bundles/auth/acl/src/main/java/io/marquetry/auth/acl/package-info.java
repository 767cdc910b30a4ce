// SPDX-License-Identifier: Apache-2.0
/** Access rules of a file, in the syntax of EMQX. */
@NullMarked
package io.marquetry.auth.acl;

import org.jspecify.annotations.NullMarked;
