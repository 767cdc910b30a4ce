// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.line.gateway;

import io.marquetry.api.client.ClientPort.ConnectAnswer;
import io.marquetry.api.client.ConnectRequest;
import io.marquetry.api.client.PortClient;
import io.marquetry.api.client.Receiver;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One device. It is served one command at a time: while the broker has not answered, it is not read, and that is how a
 * busy broker slows it down. A message counts as taken once it is with the socket, so a device that does not read slows
 * the broker down in turn. Everything happens on the server's thread but {@link #onMessage} and {@link #onClosed}.
 */
final class LineConnection implements Receiver {
    /**
     * A line on its way to the device.
     *
     * @param sent run once it is with the socket
     */
    private record Line(ByteBuffer bytes, Runnable sent) {}

    private static final String LISTENER = "line:default";
    private static final Runnable NOTHING = () -> {};

    private final LineServer server;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final ByteBuffer in;
    private final ArrayDeque<Line> out = new ArrayDeque<>();
    private @Nullable PortClient client;
    private boolean waiting;
    private boolean leaving;
    private boolean closed;

    LineConnection(LineServer server, SocketChannel channel, SelectionKey key) {
        this.server = server;
        this.channel = channel;
        this.key = key;
        this.in = ByteBuffer.allocate(server.maxLineBytes());
        key.attach(this);
    }

    // --- the socket ---

    void ready(SelectionKey ready) {
        try {
            if (ready.isReadable() && channel.read(in) < 0) {
                close();
                return;
            }
            serve();
            write();
        } catch (IOException e) {
            close(); // the device is gone
        }
    }

    private void serve() {
        while (!waiting && !leaving) {
            String line = nextLine();
            if (line == null) {
                break;
            }
            command(line.strip());
        }
    }

    private @Nullable String nextLine() {
        for (int i = 0; i < in.position(); i++) {
            if (in.get(i) == '\n') {
                String line = new String(in.array(), 0, i, StandardCharsets.UTF_8);
                in.flip().position(i + 1);
                in.compact();
                return line;
            }
        }
        if (!in.hasRemaining()) {
            leave("ERR a line has at most " + server.maxLineBytes() + " bytes");
        }
        return null;
    }

    private void write() throws IOException {
        Line line;
        while ((line = out.peek()) != null) {
            channel.write(line.bytes());
            if (line.bytes().hasRemaining()) {
                break;
            }
            out.poll();
            line.sent().run();
        }
        if (leaving && out.isEmpty()) {
            close();
        } else if (key.isValid()) {
            key.interestOps(
                    (waiting || leaving ? 0 : SelectionKey.OP_READ) | (out.isEmpty() ? 0 : SelectionKey.OP_WRITE));
        }
    }

    private void send(String line, Runnable sent) {
        out.add(new Line(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)), sent));
    }

    /** Says one more thing and closes. */
    private void leave(String line) {
        send(line, NOTHING);
        leaving = true;
    }

    /** Closes the socket; the client ends as one whose network broke. */
    void close() {
        if (closed) {
            return;
        }
        closed = true;
        leaving = true;
        server.left(this);
        try {
            channel.close();
        } catch (IOException e) {
            // it is gone either way
        }
        if (client != null) {
            client.disconnect(true);
        }
    }

    // --- the commands ---

    private void command(String line) {
        String[] words = line.split(" ", 3);
        try {
            switch (words[0]) {
                case "CONNECT" -> connect(line.split(" "));
                case "PUB" -> publish(words);
                case "SUB" -> subscribe(words);
                case "QUIT" -> quit();
                default -> send("ERR expected CONNECT, PUB, SUB or QUIT", NOTHING);
            }
        } catch (IllegalArgumentException e) {
            send("ERR " + e.getMessage(), NOTHING); // a topic or filter that is none; the message says why
        }
    }

    private void connect(String[] words) {
        if (client != null || (words.length != 2 && words.length != 4)) {
            send("ERR expected CONNECT ID or CONNECT ID USER PASSWORD, once", NOTHING);
            return;
        }
        String user = words.length == 4 ? words[2] : null;
        byte[] password = words.length == 4 ? words[3].getBytes(StandardCharsets.UTF_8) : null;
        await(
                server.clients().connect(ConnectRequest.of(LISTENER, words[1], user, password, address()), this),
                answer -> {
                    if (answer instanceof ConnectAnswer.Connected connected) {
                        client = connected.client();
                        if (closed) {
                            client.disconnect(true);
                        }
                        send("OK", NOTHING);
                    } else if (answer instanceof ConnectAnswer.Refused refused) {
                        leave("ERR " + refused.reason());
                    }
                });
    }

    private @Nullable InetSocketAddress address() {
        try {
            return (InetSocketAddress) channel.getRemoteAddress();
        } catch (IOException e) {
            return null;
        }
    }

    private void publish(String[] words) {
        if (client == null || words.length != 3) {
            send("ERR expected PUB TOPIC TEXT after CONNECT", NOTHING);
            return;
        }
        byte[] payload = words[2].getBytes(StandardCharsets.UTF_8);
        await(client.publish(Message.of(words[1], payload, QoS.AT_LEAST_ONCE, false)), this::answer);
    }

    private void subscribe(String[] words) {
        if (client == null || words.length != 2) {
            send("ERR expected SUB FILTER after CONNECT", NOTHING);
            return;
        }
        await(client.subscribe(words[1], QoS.AT_LEAST_ONCE), this::answer);
    }

    private void quit() {
        if (client != null) {
            client.disconnect(false);
            client = null;
        }
        leave("OK");
    }

    private void answer(ReasonCode reason) {
        send(reason.isError() ? "ERR " + reason : "OK", NOTHING);
    }

    /** Goes on with the answer on the server's thread; until then the device is not read. */
    private <T> void await(CompletionStage<T> stage, java.util.function.Consumer<T> then) {
        waiting = true;
        var unused = stage.whenComplete((answer, error) -> server.execute(() -> {
            waiting = false;
            if (error != null) {
                leave("ERR " + error.getMessage());
            } else {
                then.accept(Objects.requireNonNull(answer));
            }
            goOn();
        }));
    }

    private void goOn() {
        if (closed) {
            return;
        }
        try {
            serve();
            write();
        } catch (IOException e) {
            close();
        }
    }

    // --- from the broker, on the client's event loop ---

    @Override
    public void onMessage(Message message, Runnable acknowledgement) {
        String text = new String(message.payload(), StandardCharsets.UTF_8).replaceAll("[\r\n]", " ");
        server.execute(() -> {
            send("MSG " + message.topic() + " " + text, acknowledgement);
            goOn();
        });
    }

    @Override
    public void onClosed(ReasonCode reason) {
        server.execute(() -> {
            client = null;
            if (!leaving) {
                leave("ERR disconnected " + reason);
            }
            goOn();
        });
    }
}
