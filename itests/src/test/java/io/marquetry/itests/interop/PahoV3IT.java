// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

import org.eclipse.paho.client.mqttv3.MqttConnectOptions;

/** Eclipse Paho, MQTT 3.1.1. */
class PahoV3IT extends ClientScenarios {
    PahoV3IT() {
        super((port, clientId, will) -> new PahoV3Client(port, clientId, will, MqttConnectOptions.MQTT_VERSION_3_1_1));
    }
}
