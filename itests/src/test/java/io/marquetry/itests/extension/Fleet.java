// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Patience;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Many clients on one thread that publish all the time, each to the next one of a ring, with QoS 0 and 1. Whatever they
 * see that should not be is a problem: the end of a connection, a gap, a repetition, a step back, an acknowledgement
 * that is none.
 */
final class Fleet implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int SELECT_MILLIS = 5;
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final List<FleetClient> clients = new ArrayList<>();
    private final Delays delays = new Delays();
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();
    private final Selector selector = Selector.open();
    private final Thread thread = new Thread(this::run, "fleet");
    private final long periodNanos;
    private volatile boolean publishing;
    private volatile boolean closed;

    private Fleet(Duration period) throws IOException {
        periodNanos = period.toNanos();
    }

    /**
     * Connects so many clients, has each subscribe, and lets them publish.
     *
     * @param period how long a client waits between two rounds of one message of each quality of service
     */
    static Fleet start(int port, int count, Duration period) throws IOException, InterruptedException {
        Fleet fleet = new Fleet(period);
        try {
            fleet.connect(port, count);
        } catch (IOException | RuntimeException | AssertionError e) {
            fleet.close();
            throw e;
        }
        return fleet;
    }

    private void connect(int port, int count) throws IOException {
        String prefix = "fleet" + NUMBER.incrementAndGet() + "x";
        for (int i = 0; i < count; i++) {
            String neighbour = prefix + (i + count - 1) % count;
            clients.add(new FleetClient(prefix + i, neighbour, port, selector, problems::add, delays));
        }
        for (FleetClient client : clients) {
            client.connect();
        }
        thread.setDaemon(true);
        thread.start();
        await("all clients to subscribe", () -> clients.stream().allMatch(FleetClient::isSubscribed));
        publishing = true;
        awaitMark("");
    }

    private void run() {
        long[] due = IntStream.range(0, clients.size())
                .mapToLong(i -> System.nanoTime() + periodNanos * i / clients.size())
                .toArray();
        try {
            while (!closed) {
                selector.select(SELECT_MILLIS);
                for (SelectionKey key : selector.selectedKeys()) {
                    turn((FleetClient) key.attachment(), key);
                }
                selector.selectedKeys().clear();
                for (int i = 0; publishing && i < due.length; i++) {
                    long now = System.nanoTime();
                    if (now - due[i] >= 0) {
                        due[i] = now + periodNanos;
                        publish(clients.get(i));
                    }
                }
            }
        } catch (IOException | RuntimeException | AssertionError e) {
            problems.add("the fleet broke down: " + e);
        }
    }

    private static void turn(FleetClient client, SelectionKey key) throws IOException {
        try {
            if (key.isReadable()) {
                client.read();
            }
            if (key.isValid() && key.isWritable()) {
                client.write();
            }
        } catch (IOException e) {
            client.end("its connection failed: " + e);
        }
    }

    private static void publish(FleetClient client) throws IOException {
        try {
            client.publish();
        } catch (IOException e) {
            client.end("its connection failed: " + e);
        }
    }

    /** Waits until the latest message of every client, of either quality of service, has this mark; "" is none. */
    void awaitMark(String mark) {
        await(
                "every client's messages to be marked \"" + mark + "\"",
                () -> streams().allMatch(s -> s.isMarked(mark)));
    }

    /** Waits until every client has received so many more messages of either quality of service. */
    void awaitTraffic(int messages) {
        long[] from = streams().mapToLong(FleetStream::last).toArray();
        await("every client to receive " + messages + " more messages", () -> {
            long[] now = streams().mapToLong(FleetStream::last).toArray();
            return IntStream.range(0, from.length).allMatch(i -> now[i] >= from[i] + messages);
        });
    }

    /** Every stream of messages. */
    Stream<FleetStream> streams() {
        return clients.stream().flatMap(client -> Stream.of(client.stream(0), client.stream(1)));
    }

    private void await(String what, BooleanSupplier condition) {
        Patience.until(what, LIMIT, () -> {
            assertUntroubled();
            return condition.getAsBoolean();
        });
    }

    /** Fails when there has been a problem. */
    void assertUntroubled() {
        assertThat(problems.stream().limit(20))
                .as("problems of the fleet, %d in all", problems.size())
                .isEmpty();
    }

    /** Begins to measure anew how long a PUBACK takes. */
    void forgetDelays() {
        delays.clear();
    }

    /** How long that took for this part of the messages at most, in microseconds. */
    long delayOf(double part) {
        return delays.of(part);
    }

    /** Ends publishing; fails unless every message has been acknowledged and has arrived. */
    void drain() {
        publishing = false;
        await("every message to be acknowledged", () -> clients.stream().allMatch(FleetClient::isSettled));
        await(
                "every message to arrive",
                () -> IntStream.range(0, clients.size()).allMatch(this::isComplete));
        assertUntroubled();
    }

    private boolean isComplete(int publisher) {
        FleetClient from = clients.get(publisher);
        FleetClient to = clients.get((publisher + 1) % clients.size());
        return to.stream(0).last() == from.sent(0) && to.stream(1).last() == from.sent(1);
    }

    /** How many messages have arrived. */
    long received() {
        return streams().mapToLong(FleetStream::last).sum();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        closed = true;
        selector.wakeup();
        thread.join();
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
