// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.jspecify.annotations.Nullable;

/** Eclipse Paho for MQTT 5. */
final class PahoV5Client implements InteropClient, MqttCallback {
    /** It tells of every PUBCOMP; kept here, or the setting would be garbage soon. */
    private static final Logger PAHO = Logger.getLogger("org.eclipse.paho");

    static {
        PAHO.setLevel(Level.WARNING);
    }

    private final BlockingQueue<Arrived> arrived = new LinkedBlockingQueue<>();
    private final String address;
    private final String clientId;
    private final @Nullable Will will;
    private MqttClient client;
    private boolean used;

    PahoV5Client(int port, String clientId, @Nullable Will will) throws MqttException {
        this.address = "tcp://127.0.0.1:" + port;
        this.clientId = clientId;
        this.will = will;
        this.client = fresh();
    }

    private MqttClient fresh() throws MqttException {
        MqttClient fresh = new MqttClient(address, clientId, new MemoryPersistence());
        fresh.setTimeToWait(10_000);
        fresh.setCallback(this);
        return fresh;
    }

    /**
     * {@inheritDoc} Each time with another object: one whose disconnect() comes while it still writes a PUBCOMP waits
     * for ever for its own sender in the next connect(), and never sends CONNECT (CommsSender.start, 1.2.5).
     */
    @Override
    public boolean connect(boolean clean) throws MqttException {
        if (used) {
            client.close();
            client = fresh();
        }
        used = true;
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setCleanStart(clean);
        options.setSessionExpiryInterval(clean ? 0L : (long) SESSION_EXPIRY_SECONDS);
        if (will != null) {
            options.setWill(will.topic(), new MqttMessage(will.payload().getBytes(UTF_8), 1, false, null));
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
    public void disconnected(MqttDisconnectResponse response) {}

    @Override
    public void mqttErrorOccurred(MqttException exception) {}

    @Override
    public void messageArrived(String topic, MqttMessage message) {
        arrived.add(new Arrived(topic, message.getPayload(), message.getQos(), message.isRetained()));
    }

    @Override
    public void deliveryComplete(IMqttToken token) {}

    @Override
    public void connectComplete(boolean reconnect, String serverUri) {}

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {}

    @Override
    public void close() throws MqttException {
        if (isConnected()) {
            client.disconnect();
        }
        client.close();
    }
}
