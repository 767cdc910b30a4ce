// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3ClientBuilder;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** The HiveMQ client for MQTT 3.1.1. */
final class HivemqV3Client implements InteropClient {
    private final BlockingQueue<Arrived> arrived = new LinkedBlockingQueue<>();
    private final Mqtt3BlockingClient client;

    HivemqV3Client(int port, String clientId, @Nullable Will will) {
        Mqtt3ClientBuilder builder = MqttClient.builder()
                .useMqttVersion3()
                .identifier(clientId)
                .serverHost("127.0.0.1")
                .serverPort(port);
        if (will != null) {
            builder = builder.willPublish()
                    .topic(will.topic())
                    .payload(will.payload().getBytes(UTF_8))
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .applyWillPublish();
        }
        client = builder.buildBlocking();
        client.toAsync().publishes(MqttGlobalPublishFilter.ALL, this::take);
    }

    private void take(Mqtt3Publish message) {
        arrived.add(new Arrived(
                message.getTopic().toString(),
                message.getPayloadAsBytes(),
                message.getQos().getCode(),
                message.isRetain()));
    }

    @Override
    public boolean connect(boolean clean) {
        return client.connectWith().cleanSession(clean).send().isSessionPresent();
    }

    @Override
    public void subscribe(String filter, int qos) {
        client.subscribeWith().topicFilter(filter).qos(qos(qos)).send();
    }

    @Override
    public void publish(String topic, byte[] payload, int qos, boolean retain) {
        client.publishWith()
                .topic(topic)
                .payload(payload)
                .qos(qos(qos))
                .retain(retain)
                .send();
    }

    static MqttQos qos(int qos) {
        return Objects.requireNonNull(MqttQos.fromCode(qos));
    }

    @Override
    public void disconnect() {
        client.disconnect();
    }

    @Override
    public boolean isConnected() {
        return client.getState().isConnected();
    }

    @Override
    public BlockingQueue<Arrived> arrived() {
        return arrived;
    }

    @Override
    public void close() {
        if (isConnected()) {
            client.disconnect();
        }
    }
}
