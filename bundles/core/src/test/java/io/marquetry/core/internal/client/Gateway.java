// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.client;

import io.marquetry.api.client.ClientPort.ConnectAnswer;
import io.marquetry.api.client.ConnectRequest;
import io.marquetry.api.client.PortClient;
import io.marquetry.api.client.Receiver;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.core.internal.testing.TestBroker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One device of a gateway, seen by the gateway: keeps what comes and acknowledges when a test says so. */
final class Gateway implements Receiver {
    private final TestBroker broker;
    private final LocalPort port;
    private final List<String> received = new ArrayList<>();
    private final ArrayDeque<Runnable> unacknowledged = new ArrayDeque<>();
    private @Nullable PortClient client;
    private @Nullable RuntimeException fault;
    private List<ReasonCode> ends = new ArrayList<>();
    boolean acknowledges = true;

    Gateway(TestBroker broker, LocalPort port) {
        this.broker = broker;
        this.port = port;
    }

    static ConnectRequest request(String clientId) {
        return ConnectRequest.of("line:default", clientId, null, null, null);
    }

    /** A session of so many seconds, and so many messages at once. */
    static ConnectRequest lasting(String clientId, int expirySeconds, int receiveMaximum) {
        return new ConnectRequest(
                "line:default", clientId, null, null, null, null, false, expirySeconds, 0, receiveMaximum, null);
    }

    static ConnectRequest withWill(String clientId, Message will) {
        return new ConnectRequest("line:default", clientId, null, null, null, null, true, 0, 0, 32, will);
    }

    ConnectAnswer tryConnect(ConnectRequest request) {
        broker.seen(request.clientId());
        CompletionStage<ConnectAnswer> answer = port.connect(request, this);
        broker.settle();
        return answer.toCompletableFuture().join();
    }

    Gateway connect(ConnectRequest request) {
        ConnectAnswer answer = tryConnect(request);
        if (!(answer instanceof ConnectAnswer.Connected connected)) {
            throw new AssertionError("expected to be let in, got " + answer);
        }
        client = connected.client();
        return this;
    }

    PortClient client() {
        if (client == null) {
            throw new IllegalStateException("expected a connected client");
        }
        return client;
    }

    Gateway subscribe(String filter, int qos) {
        ReasonCode answer = settled(client().subscribe(filter, QoS.of(qos)));
        if (answer == null || answer.isError()) {
            throw new AssertionError("expected a subscription to " + filter + ", got " + answer);
        }
        return this;
    }

    CompletionStage<ReasonCode> publish(String topic, String payload, int qos) {
        return client().publish(message(topic, payload, qos));
    }

    static Message message(String topic, String payload, int qos) {
        return Message.of(topic, payload.getBytes(StandardCharsets.UTF_8), QoS.of(qos), false);
    }

    /** What a stage has completed with once everything has happened that can, or null when it is open still. */
    @Nullable
    ReasonCode settled(CompletionStage<ReasonCode> stage) {
        broker.settle();
        return stage.toCompletableFuture().getNow(null);
    }

    void failsWith(RuntimeException itsFault) {
        fault = itsFault;
    }

    @Override
    public void onMessage(Message message, Runnable acknowledgement) {
        if (fault != null) {
            throw fault;
        }
        received.add(message.topic() + " " + new String(message.payload(), StandardCharsets.UTF_8) + " q"
                + message.qos().value());
        if (acknowledges) {
            acknowledgement.run();
        } else {
            unacknowledged.add(acknowledgement);
        }
    }

    @Override
    public void onClosed(ReasonCode reason) {
        ends.add(reason);
    }

    /** Acknowledges the oldest, twice, as a careless gateway does. */
    void acknowledge() {
        Runnable oldest = unacknowledged.remove();
        oldest.run();
        oldest.run();
        broker.settle();
    }

    List<String> received() {
        broker.settle();
        List<String> all = List.copyOf(received);
        received.clear();
        return all;
    }

    List<ReasonCode> ends() {
        broker.settle();
        return ends;
    }
}
