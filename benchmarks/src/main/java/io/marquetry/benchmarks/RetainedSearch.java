// SPDX-License-Identifier: Apache-2.0
package io.marquetry.benchmarks;

import io.marquetry.api.config.Keys;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketEncoder;
import io.marquetry.codec.Properties;
import io.marquetry.core.internal.broker.Broker;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.NodeSettings;
import io.marquetry.core.internal.config.RetainedSettings;
import io.marquetry.core.internal.config.SysSettings;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.hook.Ticker;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.WireHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * How long a wildcard subscription holds its loop up that searches very many retained messages. A program of its own,
 * since it is the longest turn that counts and not the mean:
 *
 * <pre>java -Xmx4g -cp benchmarks/target/benchmarks.jar io.marquetry.benchmarks.RetainedSearch [messages] [rounds]
 * </pre>
 *
 * <p>One message in ten is {@code a/N/b}, ten in all are {@code a/N/d}, the others {@code a/N/c}; 32 bytes each.
 */
public final class RetainedSearch {
    private static final int PER_TASK = 1_000;

    /** A loop with a thread of its own, which remembers its longest turn. */
    private static final class TimedLoop implements Loop {
        private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "loop");
            thread.setDaemon(true);
            return thread;
        });
        private volatile boolean running;
        private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        private long longest;
        private long longestCpu;
        private long turns;
        private long busy;

        private void time(Runnable task) {
            long begun = System.nanoTime();
            long begunCpu = threads.getCurrentThreadCpuTime();
            running = true;
            task.run();
            longestCpu = Math.max(longestCpu, threads.getCurrentThreadCpuTime() - begunCpu);
            long took = System.nanoTime() - begun;
            longest = Math.max(longest, took);
            busy += took;
            turns++;
        }

        void forget() {
            longest = 0;
            longestCpu = 0;
            turns = 0;
            busy = 0;
        }

        @Override
        public int index() {
            return 0;
        }

        @Override
        public boolean inLoop() {
            return running;
        }

        @Override
        public void execute(Runnable task) {
            executor.execute(() -> time(task));
        }

        @Override
        public void schedule(Runnable task, long delayMillis) {
            var unused = executor.schedule(() -> time(task), delayMillis, TimeUnit.MILLISECONDS);
        }

        @Override
        public EventLoop eventLoop() {
            throw new UnsupportedOperationException("no benchmark has sockets");
        }
    }

    private final TimedLoop loop = new TimedLoop();
    private final Broker broker;
    private final int messages;

    private RetainedSearch(int messages) {
        this.messages = messages;
        this.broker = new Broker(
                List.of(loop),
                () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()),
                System::currentTimeMillis,
                new NodeSettings("bench@127.0.0.1", 1),
                "0.0.0",
                MqttSettings.defaults(),
                RetainedSettings.read(new Keys(RetainedSettings.PID, Map.of("maxMessages", "0", "maxBytes", "0"))),
                SysSettings.read(new Keys(SysSettings.PID, Map.of())),
                new Hooks(MqttSettings::defaults, Ticker.ofMachine()));
    }

    /**
     * Measures.
     *
     * @param arguments how many messages, and how often
     */
    public static void main(String[] arguments) throws Exception {
        int messages = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        RetainedSearch search = new RetainedSearch(messages);
        long before = heap();
        search.fill();
        System.out.printf("%,d retained, %d bytes of heap each%n", messages, (heap() - before) / messages);
        search.subscribe("nothing/+", 0); // classes are loaded with the first subscription, whatever it finds
        for (int round = 0; round < rounds; round++) {
            search.subscribe("a/+/b", messages / 10);
            search.subscribe("a/+/d", 10);
            search.subscribe("#", messages);
        }
        System.exit(0);
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private void fill() throws Exception {
        WireHandler publisher = connect("publisher");
        ByteBuf out = Unpooled.buffer();
        for (int i = 0; i < messages; ) {
            out.clear();
            for (int last = Math.min(messages, i + PER_TASK); i < last; i++) {
                String kind = i % 10 == 0 ? "/b" : i % (messages / 10) == 1 ? "/d" : "/c";
                send(
                        new Packet.Publish(
                                false, QoS.AT_MOST_ONCE, true, "a/" + i + kind, 0, new byte[32], Properties.NONE),
                        out);
            }
            onLoop(() -> publisher.onBytes(out));
        }
        System.out.printf(
                "longest turn while they came, %,d in each: %.1f ms (%.1f ms of CPU)%n",
                PER_TASK, loop.longest / 1e6, loop.longestCpu / 1e6);
    }

    private void subscribe(String filter, long expected) throws Exception {
        WireHandler subscriber = connect("subscriber" + System.nanoTime());
        ByteBuf out = Unpooled.buffer();
        send(
                new Packet.Subscribe(
                        1,
                        List.of(new Packet.Subscribe.Request(filter, QoS.AT_MOST_ONCE, false, false, 0)),
                        Properties.NONE),
                out);
        long already = sent();
        onLoop(loop::forget);
        long begun = System.nanoTime();
        onLoop(() -> {
            subscriber.onBytes(out);
            subscriber.onFlushed();
        });
        while (sent() - already < expected) {
            Thread.sleep(1);
        }
        double millis = (System.nanoTime() - begun) / 1e6;
        // The end of the search may be behind its last match.
        Thread.sleep(expected <= 10 ? 1_500L : 100L);
        CompletableFuture<String> line = new CompletableFuture<>();
        loop.executor.execute(() -> line.complete(String.format(
                "%-6s %,9d messages in %,8.1f ms, longest turn %5.2f ms (%.2f ms of CPU), %,d turns, %,.1f ms of the loop",
                filter,
                sent() - already,
                millis,
                loop.longest / 1e6,
                loop.longestCpu / 1e6,
                loop.turns,
                loop.busy / 1e6)));
        System.out.println(line.get());
    }

    private long sent() {
        return broker.statistics().accounting().getOrDefault("retained", 0L);
    }

    private WireHandler connect(String clientId) throws Exception {
        WireHandler connection = broker.open(new BenchWire(loop));
        ByteBuf out = Unpooled.buffer();
        send(
                new Packet.Connect(ProtocolVersion.MQTT_5, false, true, 0, clientId, null, null, null, Properties.NONE),
                out);
        onLoop(() -> connection.onBytes(out));
        return connection;
    }

    private void onLoop(Runnable task) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            task.run();
            done.complete(null);
        });
        done.get();
    }

    private static void send(Packet packet, ByteBuf out) {
        PacketEncoder.encode(packet, ProtocolVersion.MQTT_5, out);
    }
}
