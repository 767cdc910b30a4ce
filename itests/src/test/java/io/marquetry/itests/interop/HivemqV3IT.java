// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

/** HiveMQ's client, MQTT 3.1.1. */
class HivemqV3IT extends ClientScenarios {
    HivemqV3IT() {
        super(HivemqV3Client::new);
    }
}
