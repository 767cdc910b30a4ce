// SPDX-License-Identifier: Apache-2.0
/**
 * MQTT 3.1.1, chapter by chapter. Every test is headed by the clauses it proves; the ledger in
 * {@code mqtt-v3.1.1.ledger} lists all of them and says where each is proved, or why it is not.
 */
@NullMarked
package io.marquetry.itests.conformance.v311;

import org.jspecify.annotations.NullMarked;
