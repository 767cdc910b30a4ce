// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Suback;
import java.time.Duration;
import java.util.Optional;

/**
 * The books of a node: what became of every message it received and of every copy it made. The broker publishes them on
 * {@code $SYS/brokers/NODE/accounting} to each client that subscribes, as it would a retained message.
 *
 * @param json the payload: integers, and the objects {@code refused_by} and {@code dropped_by}
 */
public record Accounting(JsonNode json) {
    private static final Duration SETTLE = Duration.ofSeconds(5);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Reads the books, or nothing when the broker keeps none. */
    public static Optional<Accounting> read(int port) {
        try (Probe probe = Probe.open(port, Version.V5)) {
            probe.connectOk(Packets.connect("harness-accounting"));
            probe.send(Packets.subscribe(1).to("$SYS/brokers/" + BrokerProcess.NODE + "/accounting", 0));
            probe.await(Suback.class);
            probe.send(Packets.pingreq()).send(Packets.pingreq());
            int pings = 0;
            while (pings < 2) {
                if (probe.next() instanceof Publish publish) {
                    return Optional.of(new Accounting(MAPPER.readTree(publish.text())));
                }
                pings++;
            }
            return Optional.empty();
        } catch (JsonProcessingException e) {
            throw new AssertionError("The accounting is no JSON", e);
        }
    }

    /**
     * By how much the books are out: what came in less what became of it, for messages and for copies.
     *
     * @param messages received less routed, no_subscribers, refused and qos2_duplicate
     * @param copies matched, retained, redispatched and recovered less delivered, queued, in_flight, expired and
     *     dropped
     */
    public record Surplus(long messages, long copies) {
        /** What a broker of its own starts with. */
        public static final Surplus NONE = new Surplus(0, 0);
    }

    /** Fails when the books of a broker of the test's own do not balance within 5 s. */
    public static void assertBalanced(int port) {
        assertBalanced(port, Surplus.NONE);
    }

    /**
     * Waits at most 5 s until the books are out by no more than they were before; otherwise fails.
     *
     * @param before what was found earlier, so that an error is reported once, by the class in which it arose
     */
    public static void assertBalanced(int port, Surplus before) {
        Accounting[] last = new Accounting[1];
        Patience.untilPresent(
                () -> "the books to balance. Before " + before + ", now " + last[0].explain(), SETTLE, () -> {
                    last[0] = read(port).orElseThrow(() -> new AssertionError("The broker publishes no accounting"));
                    return last[0].surplus().equals(before) && last[0].isSummedUp()
                            ? Optional.of(true)
                            : Optional.empty();
                });
    }

    /** One of the integers. */
    public long get(String name) {
        JsonNode value = json.get(name);
        if (value == null || !value.isIntegralNumber()) {
            throw new AssertionError("The accounting has no integer " + name + ": " + json);
        }
        return value.longValue();
    }

    /** A count within {@code refused_by} or {@code dropped_by}; 0 when the reason has not occurred. */
    public long get(String object, String reason) {
        return json.path(object).path(reason).longValue();
    }

    private long sum(String... names) {
        long sum = 0;
        for (String name : names) {
            sum += get(name);
        }
        return sum;
    }

    private long sumOf(String object) {
        long sum = 0;
        for (JsonNode count : json.path(object)) {
            sum += count.longValue();
        }
        return sum;
    }

    /** By how much these books are out. */
    public Surplus surplus() {
        return new Surplus(
                get("received") - sum("routed", "no_subscribers", "refused", "qos2_duplicate"),
                sum("matched", "retained", "redispatched", "recovered")
                        - sum("delivered", "queued", "in_flight", "expired", "dropped"));
    }

    private boolean isSummedUp() {
        return sumOf("refused_by") == get("refused") && sumOf("dropped_by") == get("dropped");
    }

    private String explain() {
        return surplus() + ": " + json;
    }
}
