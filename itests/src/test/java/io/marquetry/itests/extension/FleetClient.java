// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.marquetry.itests.support.Outgoing;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;

/**
 * One client of a {@link Fleet}, an MQTT 5 client on the fleet's thread. It publishes numbered messages on
 * {@code fleet/NAME/0} and {@code /1}, the last level being their quality of service, and checks that those of its
 * neighbour come one by one. What it answers about its state may be asked by any thread.
 */
final class FleetClient {
    private static final int USER_PROPERTY = 0x26;

    private final String name;
    private final String neighbour;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final Consumer<String> problems;
    private final FleetStream[] streams = {new FleetStream(), new FleetStream()};
    private final AtomicLongArray sent = new AtomicLongArray(2);
    private final Deque<ByteBuffer> unwritten = new ArrayDeque<>();
    private ByteBuffer in = ByteBuffer.allocate(512);
    private volatile boolean subscribed;
    private volatile boolean awaitsAck;
    private final Delays delays;
    private long sentNanos;
    private boolean ended;

    FleetClient(String name, String neighbour, int port, Selector selector, Consumer<String> problems, Delays delays)
            throws IOException {
        this.delays = delays;
        this.name = name;
        this.neighbour = "fleet/" + neighbour + "/";
        this.problems = problems;
        channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        key = channel.register(selector, SelectionKey.OP_READ, this);
    }

    void connect() throws IOException {
        send(Packets.connect(name));
        send(Packets.subscribe(1).to(neighbour + "+", 1));
    }

    boolean isSubscribed() {
        return subscribed;
    }

    /** Whether every message has been acknowledged. */
    boolean isSettled() {
        return !awaitsAck;
    }

    FleetStream stream(int qos) {
        return streams[qos];
    }

    long sent(int qos) {
        return sent.get(qos);
    }

    /** Publishes one message with QoS 0 and, unless one waits for its PUBACK, one with QoS 1. */
    void publish() throws IOException {
        send(Packets.publish("fleet/" + name + "/0", Long.toString(sent.incrementAndGet(0))));
        if (!awaitsAck) {
            awaitsAck = true;
            sentNanos = System.nanoTime();
            long next = sent.incrementAndGet(1);
            send(Packets.publish("fleet/" + name + "/1", Long.toString(next))
                    .qos(1)
                    .id(packetId(next)));
        }
    }

    private static int packetId(long message) {
        return (int) (message % 65_535) + 1;
    }

    private void send(Outgoing<?> packet) throws IOException {
        unwritten.add(ByteBuffer.wrap(packet.encode(Version.V5)));
        write();
    }

    void write() throws IOException {
        while (!unwritten.isEmpty()) {
            channel.write(unwritten.peek());
            if (unwritten.peek().hasRemaining()) {
                key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
                return;
            }
            unwritten.remove();
        }
        key.interestOps(SelectionKey.OP_READ);
    }

    void read() throws IOException {
        if (!in.hasRemaining()) {
            in = ByteBuffer.allocate(in.capacity() * 2).put(in.flip());
        }
        if (channel.read(in) < 0) {
            end("the broker closed its connection");
            return;
        }
        in.flip();
        while (!ended && packet()) {
            continue;
        }
        in.compact();
    }

    void end(String problem) throws IOException {
        if (!ended) {
            ended = true;
            problems.accept("client " + name + ": " + problem);
            channel.close();
        }
    }

    /** Takes one packet out of the buffer if there is a whole one. */
    private boolean packet() throws IOException {
        in.mark();
        if (in.remaining() < 2) {
            return false;
        }
        int first = in.get() & 0xFF;
        int length = 0;
        for (int shift = 0; ; shift += 7) {
            if (!in.hasRemaining()) {
                in.reset();
                return false;
            }
            int digit = in.get();
            length |= (digit & 0x7F) << shift;
            if (digit >= 0) {
                break;
            }
        }
        if (in.remaining() < length) {
            in.reset();
            return false;
        }
        ByteBuffer body = in.slice(in.position(), length);
        in.position(in.position() + length);
        handle(first, body);
        return true;
    }

    private void handle(int first, ByteBuffer body) throws IOException {
        switch (first >> 4) {
            case 2 -> expect("CONNACK", body.get(1), 0);
            case 3 -> published(first, body);
            case 4 -> {
                expect("PUBACK", body.getShort(0) & 0xFFFF, packetId(sent.get(1)));
                expect("PUBACK", body.limit() > 2 ? body.get(2) : 0, 0);
                awaitsAck = false;
                delays.add(System.nanoTime() - sentNanos);
            }
            case 9 -> {
                expect("SUBACK", body.get(body.limit() - 1), 1);
                subscribed = true;
            }
            case 14 -> end("the broker disconnected it with 0x" + Integer.toHexString(body.get(0) & 0xFF));
            default -> end("the broker sent a packet that begins with 0x" + Integer.toHexString(first));
        }
    }

    private void expect(String packet, int value, int expected) {
        if (value != expected) {
            problems.accept("client " + name + ": " + packet + " with " + value + " in place of " + expected);
        }
    }

    private void published(int first, ByteBuffer body) throws IOException {
        int qos = first >> 1 & 3;
        String topic = text(body);
        expect("PUBLISH on " + topic + ", its flags", first & 0xF, qos << 1);
        if (!topic.equals(neighbour + qos)) {
            end("received QoS " + qos + " on " + topic + ", subscribed to " + neighbour + "+");
            return;
        }
        int id = qos > 0 ? body.getShort() & 0xFFFF : 0;
        String mark = mark(body);
        byte[] payload = new byte[body.remaining()];
        body.get(payload);
        streams[qos]
                .received(Long.parseLong(new String(payload, UTF_8)), mark)
                .ifPresent(problem -> problems.accept("client " + name + ", " + topic + ": " + problem));
        if (id > 0) {
            send(Packets.puback(id));
        }
    }

    /** The value of the last user property, or nothing: no other property occurs here. */
    private static String mark(ByteBuffer body) {
        int end = body.get() + body.position();
        String mark = "";
        while (body.position() < end) {
            int property = body.get();
            if (property != USER_PROPERTY) {
                throw new AssertionError("Property 0x" + Integer.toHexString(property) + ", which nobody has set");
            }
            text(body);
            mark = text(body);
        }
        return mark;
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[in.getShort() & 0xFFFF];
        in.get(bytes);
        return new String(bytes, UTF_8);
    }
}
