// SPDX-License-Identifier: Apache-2.0
/** MQTT 3.1, where it differs from 3.1.1: the protocol name, and no Session Present. */
@NullMarked
package io.marquetry.itests.conformance.v31;

import org.jspecify.annotations.NullMarked;
