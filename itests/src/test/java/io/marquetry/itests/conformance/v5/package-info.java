// SPDX-License-Identifier: Apache-2.0
/**
 * MQTT 5.0, chapter by chapter. Every test is headed by the clauses it proves, in the specification's own numbers; the
 * ledger in {@code mqtt-v5.0.ledger} lists all of them and says where each is proved, or why it is not.
 */
@NullMarked
package io.marquetry.itests.conformance.v5;

import org.jspecify.annotations.NullMarked;
