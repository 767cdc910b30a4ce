// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.jspecify.annotations.Nullable;

/** Eclipse Paho for MQTT 3. */
final class PahoV3Client implements InteropClient, MqttCallback {
    private final BlockingQueue<Arrived> arrived = new LinkedBlockingQueue<>();
    private final MqttClient client;
    private final int version;
    private final @Nullable Will will;

    /** A client that speaks 3.1 or 3.1.1, by the constants of {@link MqttConnectOptions}. */
    PahoV3Client(int port, String clientId, @Nullable Will will, int version) throws MqttException {
        this.version = version;
        this.will = will;
        client = new MqttClient("tcp://127.0.0.1:" + port, clientId, new MemoryPersistence());
        client.setTimeToWait(10_000);
        client.setCallback(this);
    }

    @Override
    public boolean connect(boolean clean) throws MqttException {
        MqttConnectOptions options = new MqttConnectOptions();
        options.setMqttVersion(version);
        options.setCleanSession(clean);
        // Paho wakes the publisher before its callback thread has taken the message off the count of ten.
        options.setMaxInflight(1000);
        if (will != null) {
            options.setWill(will.topic(), will.payload().getBytes(UTF_8), 1, false);
        }
        return client.connectWithResult(options).getSessionPresent();
    }

    @Override
    public void subscribe(String filter, int qos) throws MqttException {
        client.subscribe(filter, qos);
    }

    @Override
    public void publish(String topic, byte[] payload, int qos, boolean retain) throws MqttException {
        client.publish(topic, payload, qos, retain);
    }

    @Override
    public void disconnect() throws MqttException {
        client.disconnect();
    }

    @Override
    public boolean isConnected() {
        return client.isConnected();
    }

    @Override
    public BlockingQueue<Arrived> arrived() {
        return arrived;
    }

    @Override
    public void connectionLost(Throwable cause) {}

    @Override
    public void messageArrived(String topic, MqttMessage message) {
        arrived.add(new Arrived(topic, message.getPayload(), message.getQos(), message.isRetained()));
    }

    @Override
    public void deliveryComplete(IMqttDeliveryToken token) {}

    @Override
    public void close() throws MqttException {
        if (isConnected()) {
            client.disconnect();
        }
        client.close();
    }
}
