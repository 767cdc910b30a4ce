// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

/** HiveMQ's client, MQTT 5. */
class HivemqV5IT extends ClientScenarios {
    HivemqV5IT() {
        super(HivemqV5Client::new);
    }
}
