// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

/** Eclipse Paho, MQTT 5. */
class PahoV5IT extends ClientScenarios {
    PahoV5IT() {
        super(PahoV5Client::new);
    }
}
