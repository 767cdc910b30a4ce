// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Received.Disconnect;
import io.marquetry.itests.support.Received.Pingresp;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Received.Pubcomp;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Pubrec;
import io.marquetry.itests.support.Received.Pubrel;
import io.marquetry.itests.support.Received.Suback;
import io.marquetry.itests.support.Received.Unsuback;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A blocking MQTT client on a bare socket, which does exactly what it is told and nothing by itself: it acknowledges
 * nothing, pings nobody and reads only when asked. Not thread-safe.
 *
 * <pre>{@code
 * Probe probe = Probe.open(port, Version.V5);
 * Connack connack = probe.connect(Packets.connect("meter-7"));
 * probe.subscribe("a/+", 1);
 * probe.publish("a/b", "hello", 1);
 * Publish message = probe.await(Publish.class);
 * }</pre>
 *
 * <p>{@link #expect} wants a packet to be the next one; {@link #await} lets others pass and keeps them for later, in
 * their order. Each waits at most {@link Patience#LIMIT}; what does not come, or is not well-formed, fails the test.
 */
public final class Probe implements AutoCloseable {
    /** Marquetry says why it closes; the specification only wants that a server may. */
    private static final boolean MAY_CLOSE_SILENTLY =
            Integer.getInteger("marquetry.port") != null && !Boolean.getBoolean("marquetry.strict");

    private final Version version;
    private final Socket socket;
    private final ProbeInput input;
    private final Deque<Received> kept = new ArrayDeque<>();
    private int lastId;

    private Probe(Version version, Socket socket) throws IOException {
        this.version = version;
        this.socket = socket;
        this.input = new ProbeInput(socket, version);
    }

    /** Opens a connection to the loopback address and sends nothing. */
    public static Probe open(int port, Version version) {
        return open(port, version, 0);
    }

    /** Opens a connection whose receive buffer is so many bytes, 0 for the usual; small ones make a slow reader. */
    public static Probe open(int port, Version version, int receiveBuffer) {
        try {
            Socket socket = new Socket();
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.setTcpNoDelay(true);
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) Patience.LIMIT.toMillis());
            return new Probe(version, socket);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot connect to 127.0.0.1:" + port, e);
        }
    }

    /** A connection over a socket of the caller's, which belongs to the probe from now on. */
    public static Probe over(Socket socket, Version version) {
        try {
            socket.setTcpNoDelay(true);
            return new Probe(version, socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Opens a connection to the loopback address and does the handshake of TLS. */
    public static Probe secure(int port, Version version, SSLContext context) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) Patience.LIMIT.toMillis());
        socket.startHandshake();
        return over(socket, version);
    }

    /** The version this probe speaks. */
    public Version version() {
        return version;
    }

    /** The local port of the connection. */
    public int localPort() {
        return socket.getLocalPort();
    }

    // Sending

    /** Sends one packet. */
    public Probe send(Outgoing<?> packet) {
        return sendBytes(packet.encode(version));
    }

    /** Sends bytes as they are. */
    public Probe sendBytes(byte... bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException("The broker closed the connection before it had read everything", e);
        }
    }

    /** Sends packets in one write, so that the broker most likely reads them at once. */
    public Probe sendTogether(Outgoing<?>... packets) {
        Bytes bytes = Bytes.bytes();
        for (Outgoing<?> packet : packets) {
            bytes.raw(packet.encode(version));
        }
        return sendBytes(bytes.toArray());
    }

    // Receiving

    /** The size in bytes of the largest packet that the broker has sent so far. */
    public int largestPacket() {
        return input.largest();
    }

    /** The next packet, whatever it is. */
    public Received next() {
        return next(Patience.LIMIT);
    }

    /** The next packet, whatever it is, within {@code limit}. */
    public Received next(Duration limit) {
        return poll(limit)
                .orElseThrow(() -> new AssertionError("The broker closed the connection; a packet was expected"));
    }

    /** The next packet if one comes within {@code limit}; also empty when the connection has ended. */
    public Optional<Received> nextIfAny(Duration limit) {
        try {
            return poll(limit);
        } catch (ProbeInput.Late e) {
            return Optional.empty();
        }
    }

    /** The next packet, which has to be of this kind. */
    public <T extends Received> T expect(Class<T> kind) {
        return expect(kind, Patience.LIMIT);
    }

    /** The next packet within {@code limit}, which has to be of this kind. */
    public <T extends Received> T expect(Class<T> kind, Duration limit) {
        Received packet = poll(limit)
                .orElseThrow(
                        () -> new AssertionError("The broker closed the connection; expected " + kind.getSimpleName()));
        if (!kind.isInstance(packet)) {
            throw new AssertionError("Expected " + kind.getSimpleName() + ", came " + packet);
        }
        return kind.cast(packet);
    }

    /** The first packet of this kind; those before it are kept for later calls. */
    public <T extends Received> T await(Class<T> kind) {
        return await(kind, Patience.LIMIT);
    }

    /** The first packet of this kind within {@code limit}; those before it are kept for later calls. */
    public <T extends Received> T await(Class<T> kind, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        Deque<Received> passed = new ArrayDeque<>();
        try {
            while (true) {
                Received packet = next(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
                if (kind.isInstance(packet)) {
                    return kind.cast(packet);
                }
                passed.add(packet);
            }
        } catch (AssertionError e) {
            throw new AssertionError("No " + kind.getSimpleName() + ", only " + passed + ". " + e.getMessage(), e);
        } finally {
            while (!passed.isEmpty()) {
                kept.addFirst(passed.removeLast());
            }
        }
    }

    /** The next packet has to be a PUBLISH on this topic with this payload. */
    public Publish expectPublish(String topic, String payload) {
        Publish publish = expect(Publish.class);
        if (!publish.topic().equals(topic) || !publish.text().equals(payload)) {
            throw new AssertionError("Expected a PUBLISH on " + topic + " with " + payload + ", came " + publish);
        }
        return publish;
    }

    /**
     * Fails when a packet is there. The barrier is a PINGREQ and its PINGRESP, twice: what the broker had for this
     * client when it read the second PINGREQ has arrived before the second PINGRESP.
     */
    public Probe expectNothing() {
        for (int round = 0; round < 2; round++) {
            send(Packets.pingreq());
            Received packet = next();
            if (!(packet instanceof Pingresp)) {
                throw new AssertionError("Expected nothing, came " + packet);
            }
        }
        return this;
    }

    /** The broker has to close the connection without another packet. */
    public void expectClosed() {
        expectClosed(Patience.LIMIT);
    }

    /** The broker has to close the connection within {@code limit} without another packet. */
    public void expectClosed(Duration limit) {
        Optional<Received> packet = poll(limit);
        if (packet.isPresent()) {
            throw new AssertionError("Expected the end of the connection, came " + packet.get());
        }
    }

    /**
     * The broker has to end a connection that is established: by a DISCONNECT with one of these reasons when it is MQTT
     * 5, without a word otherwise.
     */
    public void expectRefusal(int... reasons) {
        expectRefusal(Patience.LIMIT, reasons);
    }

    /** As {@link #expectRefusal(int...)}, within {@code limit}. */
    public void expectRefusal(Duration limit, int... reasons) {
        if (version.hasProperties()) {
            Optional<Received> packet = poll(limit);
            if (packet.isEmpty() && MAY_CLOSE_SILENTLY) {
                return;
            }
            if (!(packet.orElse(null) instanceof Disconnect disconnect)) {
                throw new AssertionError("Expected DISCONNECT " + names(reasons) + ", came "
                        + packet.map(Object::toString).orElse("the end of the connection"));
            }
            requireOneOf(reasons, disconnect.code(), disconnect);
        }
        expectClosed(limit);
    }

    /**
     * The broker has to refuse a CONNECT with one of these codes in the CONNACK and to close the connection.
     *
     * <p>A broker of another make may close without a CONNACK, as it may without a DISCONNECT: the specification allows
     * it.
     */
    public void expectConnectRefused(int... codes) {
        Optional<Received> packet = poll(Patience.LIMIT);
        if (packet.isEmpty() && MAY_CLOSE_SILENTLY) {
            return;
        }
        if (!(packet.orElse(null) instanceof Connack connack)) {
            throw new AssertionError("Expected CONNACK " + names(codes) + ", came "
                    + packet.map(Object::toString).orElse("the end of the connection"));
        }
        requireOneOf(codes, connack.code(), connack);
        if (connack.sessionPresent()) { // [MQTT-3.2.2-6]
            throw new AssertionError("A CONNACK that refuses has Session Present: " + connack);
        }
        expectClosed();
    }

    /** The broker has to close the connection; it may say one of these codes in a CONNACK before. */
    public void expectConnectDropped(int... codes) {
        Optional<Received> packet = poll(Patience.LIMIT);
        if (packet.isPresent()) {
            if (!(packet.get() instanceof Connack connack)) {
                throw new AssertionError("Expected a CONNACK or the end of the connection, came " + packet.get());
            }
            requireOneOf(codes, connack.code(), connack);
            expectClosed();
        }
    }

    private static void requireOneOf(int[] codes, int code, Received packet) {
        if (IntStream.of(codes).noneMatch(allowed -> allowed == code)) {
            throw new AssertionError("Expected %s, came %s with 0x%02X".formatted(names(codes), packet, code));
        }
    }

    private static List<String> names(int... codes) {
        return IntStream.of(codes).mapToObj("0x%02X"::formatted).toList();
    }

    /** A SUBSCRIBE with this malformed filter has to fail: by a code in the SUBACK, or by the end of the connection. */
    public void expectFilterRefused(String filter) {
        expectFilterRefused(filter, 0x8F, 0x80, 0x81, 0x82);
    }

    /** A SUBSCRIBE with this filter has to fail with one of these codes, in the SUBACK or in a DISCONNECT. */
    public void expectFilterRefused(String filter, int... codes) {
        send(Packets.subscribe(nextId()).to(filter, 0));
        Optional<Received> answer = poll(Patience.LIMIT);
        if (answer.isEmpty()) {
            if (version.hasProperties() && !MAY_CLOSE_SILENTLY) {
                throw new AssertionError("The connection ended without a DISCONNECT");
            }
        } else if (answer.get() instanceof Suback suback) {
            requireOneOf(codes, suback.codes().get(0), suback);
        } else if (answer.get() instanceof Disconnect disconnect) {
            requireOneOf(codes, disconnect.code(), disconnect);
            expectClosed();
        } else {
            throw new AssertionError("Expected the filter to be refused, came " + answer.get());
        }
    }

    /** Whether the broker has closed the connection; packets that came before stay readable. */
    public boolean isClosedWithin(Duration limit) {
        Deque<Received> seen = new ArrayDeque<>();
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (System.nanoTime() - deadline < 0) {
                Optional<Received> packet = input.read(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
                if (packet.isEmpty()) {
                    return true;
                }
                seen.add(packet.get());
            }
            return false;
        } catch (ProbeInput.Late e) {
            return false;
        } finally {
            kept.addAll(seen);
        }
    }

    private Optional<Received> poll(Duration limit) {
        return kept.isEmpty() ? input.read(limit) : Optional.of(kept.removeFirst());
    }

    // Whole exchanges

    /** Sends a CONNECT and waits for the CONNACK, whatever it says. */
    public Connack connect(ConnectPacket packet) {
        send(packet);
        return expect(Connack.class);
    }

    /** Sends a CONNECT that has to be accepted. */
    public Connack connectOk(ConnectPacket packet) {
        Connack connack = connect(packet);
        if (connack.code() != 0) {
            throw new AssertionError("The CONNECT was refused: " + connack);
        }
        return connack;
    }

    /** Subscribes to one filter and returns the code of the SUBACK. */
    public int subscribe(String filter, int options) {
        return subscribe(Packets.subscribe(nextId()).to(filter, options))
                .codes()
                .get(0);
    }

    /** Sends a SUBSCRIBE and waits for its SUBACK; other packets are kept. */
    public Suback subscribe(SubscribePacket packet) {
        send(packet);
        return await(Suback.class);
    }

    /** Unsubscribes from one filter. */
    public Unsuback unsubscribe(String... filters) {
        send(Packets.unsubscribe(nextId(), filters));
        return await(Unsuback.class);
    }

    /** Publishes with any QoS and completes the exchange; returns the reason code of the PUBACK or PUBREC. */
    public int publish(String topic, String payload, int qos) {
        return publish(Packets.publish(topic, payload).qos(qos));
    }

    /** Publishes, with the next free packet identifier, and completes the exchange; returns the reason code. */
    public int publish(PublishPacket packet) {
        if (packet.qos() == 0) {
            send(packet);
            return 0;
        }
        int id = nextId();
        send(packet.id(id));
        if (packet.qos() == 1) {
            return await(Puback.class).code();
        }
        int code = await(Pubrec.class).code();
        if (code < 0x80) {
            send(Packets.pubrel(id));
            await(Pubcomp.class);
        }
        return code;
    }

    /** Acknowledges a message to the end of its exchange. */
    public void acknowledge(Publish publish) {
        if (publish.qos() == 1) {
            send(Packets.puback(publish.id()));
        } else if (publish.qos() == 2) {
            send(Packets.pubrec(publish.id()));
            await(Pubrel.class);
            send(Packets.pubcomp(publish.id()));
        }
    }

    /** Waits until the broker has answered a PINGREQ; other packets are kept. */
    public Probe ping() {
        send(Packets.pingreq());
        await(Pingresp.class);
        return this;
    }

    /** A packet identifier that this probe has not used lately. */
    public int nextId() {
        lastId = lastId % 0xFFFF + 1;
        return lastId;
    }

    // The end

    /** Sends DISCONNECT and waits until the broker has closed the connection. */
    public void disconnect() {
        disconnect(Packets.disconnect());
    }

    /** Sends this DISCONNECT and waits until the broker has closed the connection. */
    public void disconnect(Outgoing<?> packet) {
        send(packet);
        expectClosed();
        close();
    }

    /** Closes the socket without a DISCONNECT, as a client that dies. */
    public void drop() {
        close();
    }

    /** Ends the sending direction; the broker may still answer. */
    public void endOutput() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Resets the connection instead of closing it. */
    public void reset() {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        close();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
