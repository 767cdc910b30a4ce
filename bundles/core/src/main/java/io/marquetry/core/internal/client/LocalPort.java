// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.client;

import io.marquetry.api.client.ClientPort;
import io.marquetry.api.client.ConnectRequest;
import io.marquetry.api.client.Receiver;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketEncoder;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.connection.Connection;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.RateLimitedLog;
import io.marquetry.core.internal.message.Messages;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.Wire;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The door for the gateways of one extension, and the clients that came by it. */
public final class LocalPort implements ClientPort, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalPort.class);

    private final List<Home> homes;
    private final Function<Wire, Connection> door;
    private final String owner;
    private final RateLimitedLog faults;
    private final AtomicInteger next = new AtomicInteger();
    private final Set<LocalClient> clients = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * @param door takes a wire in; on the wire's loop
     * @param owner the symbolic name of the extension, for logs
     */
    public LocalPort(List<Home> homes, Function<Wire, Connection> door, String owner) {
        this.homes = homes;
        this.door = door;
        this.owner = owner;
        this.faults = new RateLimitedLog(homes.get(0)::now);
    }

    @Override
    public CompletionStage<ConnectAnswer> connect(ConnectRequest request, Receiver receiver) {
        Packet.Connect connect = connect(request);
        // What cannot be written is the caller's fault, and is told here, not on a loop.
        int unused = PacketEncoder.encodedLength(connect, ProtocolVersion.MQTT_5);
        // The first loop is any: as every other, the connection moves to the home of its session.
        Home home = homes.get(Math.floorMod(next.getAndIncrement(), homes.size()));
        LocalClient client = new LocalClient(this, request, receiver, home);
        clients.add(client);
        if (closed) {
            clients.remove(client);
            return CompletableFuture.completedFuture(new ConnectAnswer.Refused(ReasonCode.SERVER_SHUTTING_DOWN));
        }
        home.mailbox().post(() -> client.open(connect));
        return client.answer();
    }

    private static Packet.Connect connect(ConnectRequest request) {
        Properties properties = Properties.builder()
                .with(Property.SESSION_EXPIRY_INTERVAL, request.sessionExpirySeconds())
                .with(Property.RECEIVE_MAXIMUM, request.receiveMaximum())
                .build();
        return new Packet.Connect(
                ProtocolVersion.MQTT_5,
                false,
                request.cleanStart(),
                request.keepAliveSeconds(),
                request.clientId(),
                will(request.will()),
                request.username(),
                request.password(),
                properties);
    }

    private static Packet.@Nullable Will will(@Nullable Message will) {
        return will == null
                ? null
                : new Packet.Will(will.topic(), will.payload(), will.qos(), will.retain(), Messages.properties(will));
    }

    /** Ends every connection of the extension, which has left; whoever comes still is refused. */
    @Override
    public void close() {
        closed = true;
        clients.forEach(LocalClient::abandon);
    }

    Function<Wire, Connection> door() {
        return door;
    }

    String owner() {
        return owner;
    }

    Home home(Loop loop) {
        return homes.get(loop.index());
    }

    void left(LocalClient client) {
        clients.remove(client);
    }

    /** A receiver failed; whatever it threw must not reach the loop. */
    void failed(String what, Throwable error) {
        long held = faults.pass();
        if (held >= 0) {
            LOG.error(
                    "the extension {} was to {} and failed; expected no exception ({} more since the last line)",
                    owner,
                    what,
                    held,
                    error);
        }
    }
}
