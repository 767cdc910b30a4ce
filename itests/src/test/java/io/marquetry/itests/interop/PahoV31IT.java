// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

import org.eclipse.paho.client.mqttv3.MqttConnectOptions;

/** Eclipse Paho, MQTT 3.1. */
class PahoV31IT extends ClientScenarios {
    PahoV31IT() {
        super(
                (port, clientId, will) -> new PahoV3Client(port, clientId, will, MqttConnectOptions.MQTT_VERSION_3_1),
                false);
    }
}
