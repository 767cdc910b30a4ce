// SPDX-License-Identifier: Apache-2.0
/** Which clauses of the specifications are proved, and that the list says the truth. */
@NullMarked
package io.marquetry.itests.ledger;

import org.jspecify.annotations.NullMarked;
