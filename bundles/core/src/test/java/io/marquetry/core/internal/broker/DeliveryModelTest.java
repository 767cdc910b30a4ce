// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.TestBroker;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * Clients that keep to the rules publish to each other over loops that run in any order, lose their connections, stall
 * and come back. Whatever happens: QoS 2 arrives once, QoS 1 at least once, QoS 0 at most once, and first sights of one
 * publisher's messages on one topic are in order.
 */
class DeliveryModelTest extends BrokerTest {
    private static final int DEVICES = 6;
    private static final int STEPS = 400;
    private static final int MOST_UNACKNOWLEDGED = 40;

    @Test
    void givenDevicesThatKeepToTheRules_whenAnythingHappens_thenEveryMessageArrivesAsPromised() {
        Fuzz.play(random -> {
            play(random);
            nothingIsLeft();
        });
    }

    private void play(Random random) {
        TestBroker broker = startShuffled(
                1 + random.nextInt(3),
                random,
                "maxQueueLength=0",
                "maxQueueBytes=1000000000",
                "maxInflight=" + (1 + random.nextInt(8)),
                "maxOutputBytes=4096",
                "sendTimeoutSeconds=3600",
                "maxHeldBytes=1000000",
                "hookTimeoutSeconds=300",
                "mqueuePriorities=" + (random.nextBoolean() ? "" : "t/0/0=9, t/1/1=5"));
        List<CompletableFuture<Verdict>> open = new ArrayList<>();
        boolean hook = random.nextInt(3) == 0;
        if (hook) {
            addHook(broker, random, open);
        }
        List<Device> devices = new ArrayList<>();
        int[] subscribedQos = new int[DEVICES];
        for (int i = 0; i < DEVICES; i++) {
            Device device = new Device(broker, "device" + i, random.nextBoolean() ? V3 : V5);
            device.connect();
            subscribedQos[i] = random.nextInt(3);
            device.subscribe(random.nextBoolean() ? "t/#" : "t/+/+", subscribedQos[i]);
            devices.add(device);
        }
        Map<String, Integer> sent = new LinkedHashMap<>();
        for (int step = 0; step < STEPS; step++) {
            step(broker, devices, random, sent, step);
            if (!open.isEmpty() && random.nextInt(3) > 0) {
                open.remove(random.nextInt(open.size())).complete(Verdict.PASS);
            }
        }
        comeToRest(broker, devices, open);
        for (int i = 0; i < DEVICES; i++) {
            check(devices.get(i).seen(), sent, subscribedQos[i]);
        }
    }

    private static void addHook(TestBroker broker, Random random, List<CompletableFuture<Verdict>> open) {
        broker.hooks()
                .publishHooks()
                .add(
                        (client, message) -> {
                            if (random.nextBoolean()) {
                                return Verdict.PASS;
                            }
                            CompletableFuture<Verdict> answer = new CompletableFuture<>();
                            open.add(answer);
                            return new Verdict.Later(answer);
                        },
                        new Origin("test.hook", 0, 1));
    }

    private static void step(
            TestBroker broker, List<Device> devices, Random random, Map<String, Integer> sent, int step) {
        int number = random.nextInt(devices.size());
        Device device = devices.get(number);
        switch (random.nextInt(10)) {
            case 0 -> {
                if (device.isConnected() && random.nextInt(3) == 0) {
                    device.lose();
                }
            }
            case 1 -> {
                if (device.isConnected()) {
                    device.stall(random);
                }
            }
            case 2 -> broker.loops().step(1 + random.nextInt(20));
            case 3 -> broker.settle();
            case 4 -> broker.advance(random.nextInt(2_000));
            case 5, 6 -> device.work();
            default -> {
                if (!device.isConnected()) {
                    device.connect();
                } else if (device.unacknowledged() < MOST_UNACKNOWLEDGED) {
                    int qos = random.nextInt(3);
                    String topic = "t/" + number + "/" + random.nextInt(2);
                    String payload = topic + " " + step + " " + "x".repeat(random.nextInt(4) == 0 ? 3_000 : 5);
                    sent.put(payload, qos);
                    device.publish(topic, payload, qos);
                }
            }
        }
    }

    private static void comeToRest(TestBroker broker, List<Device> devices, List<CompletableFuture<Verdict>> open) {
        for (Device device : devices) {
            if (!device.isConnected()) {
                device.connect();
            }
            device.unstall();
        }
        boolean busy = true;
        while (busy) {
            broker.settle();
            busy = !open.isEmpty();
            List<CompletableFuture<Verdict>> now = List.copyOf(open);
            open.clear();
            now.forEach(answer -> answer.complete(Verdict.PASS));
            for (Device device : devices) {
                busy |= device.work();
            }
        }
        assertThat(devices)
                .allSatisfy(device -> assertThat(device.unacknowledged())
                        .as("messages never acknowledged")
                        .isZero());
    }

    private static void check(List<String> seen, Map<String, Integer> sent, int subscribedQos) {
        Map<String, Integer> times = new LinkedHashMap<>();
        seen.forEach(payload -> times.merge(payload, 1, Integer::sum));
        sent.forEach((payload, publishedQos) -> {
            int qos = Math.min(publishedQos, subscribedQos);
            int came = times.getOrDefault(payload, 0);
            // A publisher repeats QoS 1 itself when its connection is lost, so only QoS 0 and 2 come once at most.
            if (qos == 2) {
                assertThat(came).as("QoS 2 of %s", payload).isEqualTo(1);
            } else if (qos == 1 || (publishedQos > 0 && subscribedQos > 0)) {
                assertThat(came).as("QoS 1 of %s", payload).isGreaterThanOrEqualTo(1);
            } else if (publishedQos != 1) {
                assertThat(came).as("QoS 0 of %s", payload).isLessThanOrEqualTo(1);
            }
        });
        assertThat(new HashSet<>(sent.keySet())).containsAll(times.keySet());
        Map<String, Integer> last = new LinkedHashMap<>();
        for (String payload : new LinkedHashSet<>(seen)) {
            if (subscribedQos == 0 && sent.getOrDefault(payload, 0) > 0) {
                continue; // the copy may have been lost with the socket, and this one be the publisher's repetition
            }
            String[] words = payload.split(" ");
            int number = Integer.parseInt(words[1]);
            Integer before = last.put(words[0], number);
            assertThat(before == null || before < number)
                    .as("order on %s: %s came before %s", words[0], before, number)
                    .isTrue();
        }
    }
}
