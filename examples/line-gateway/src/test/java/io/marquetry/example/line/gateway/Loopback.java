// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.line.gateway;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.ClientPort;
import io.marquetry.api.client.ConnectRequest;
import io.marquetry.api.client.PortClient;
import io.marquetry.api.client.Receiver;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** A port whose clients hear what they publish themselves; who is called {@code nobody} is turned away. */
final class Loopback implements ClientPort {
    final Set<String> connected = ConcurrentHashMap.newKeySet();

    @Override
    public CompletionStage<ConnectAnswer> connect(ConnectRequest request, Receiver receiver) {
        return CompletableFuture.supplyAsync(() -> {
            if (request.clientId().equals("nobody")) {
                return new ConnectAnswer.Refused(ReasonCode.BANNED);
            }
            connected.add(request.clientId());
            return new ConnectAnswer.Connected(new Echo(request, receiver));
        });
    }

    private final class Echo implements PortClient {
        private final ConnectRequest request;
        private final Receiver receiver;
        private final Set<String> filters = ConcurrentHashMap.newKeySet();

        Echo(ConnectRequest request, Receiver receiver) {
            this.request = request;
            this.receiver = receiver;
        }

        @Override
        public ClientInfo info() {
            return new ClientInfo(
                    request.clientId(),
                    request.username(),
                    ProtocolVersion.MQTT_5,
                    request.remoteAddress(),
                    request.listener(),
                    true,
                    0,
                    0,
                    null,
                    "");
        }

        @Override
        public boolean sessionPresent() {
            return false;
        }

        @Override
        public CompletionStage<ReasonCode> publish(Message message) {
            if (filters.contains(message.topic())) {
                receiver.onMessage(message, () -> {});
            }
            return CompletableFuture.completedFuture(ReasonCode.SUCCESS);
        }

        @Override
        public CompletionStage<ReasonCode> subscribe(String filter, QoS qos) {
            filters.add(filter);
            return CompletableFuture.completedFuture(ReasonCode.GRANTED_QOS_1);
        }

        @Override
        public CompletionStage<ReasonCode> unsubscribe(String filter) {
            filters.remove(filter);
            return CompletableFuture.completedFuture(ReasonCode.SUCCESS);
        }

        @Override
        public CompletionStage<ReasonCode> ping() {
            return CompletableFuture.completedFuture(ReasonCode.SUCCESS);
        }

        @Override
        public void disconnect(boolean publishWill) {
            connected.remove(request.clientId());
            receiver.onClosed(ReasonCode.SUCCESS);
        }
    }
}
