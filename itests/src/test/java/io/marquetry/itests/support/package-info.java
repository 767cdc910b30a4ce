// SPDX-License-Identifier: Apache-2.0
/**
 * What black-box tests stand on: a broker as a child process ({@link io.marquetry.itests.support.BrokerProcess}), a raw
 * MQTT client that shares no code with the product ({@link io.marquetry.itests.support.Probe}), and the check that
 * every message the broker took has an accountable fate ({@link io.marquetry.itests.support.Accounting}).
 *
 * <p>A test class extends {@link io.marquetry.itests.support.BrokerTest} and has a broker. Run against a broker that is
 * already there with {@code -Dmarquetry.port=PORT}.
 */
@NullMarked
package io.marquetry.itests.support;

import org.jspecify.annotations.NullMarked;
