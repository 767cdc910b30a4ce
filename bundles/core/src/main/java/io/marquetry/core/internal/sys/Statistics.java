// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.sys;

import io.marquetry.api.admin.Metrics;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.router.RetainedMessages;
import io.marquetry.core.internal.router.Router;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Adds up what the loops count. Callable from any thread. */
public final class Statistics implements Metrics {
    private static final String REFUSED = "refused.";
    private static final String DROPPED = "dropped.";

    private final List<Home> homes;
    private final Router router;
    private final RetainedMessages retained;
    private final Supplier<Map<String, Long>> moreCounters;
    private final Supplier<Map<String, Long>> moreGauges;
    private final Map<String, Long> maxima = new ConcurrentHashMap<>();

    /**
     * Of these loops.
     *
     * @param moreCounters what is counted elsewhere and only grows, by name
     * @param moreGauges what is counted elsewhere and goes up and down, by name
     */
    public Statistics(
            List<Home> homes,
            Router router,
            RetainedMessages retained,
            Supplier<Map<String, Long>> moreCounters,
            Supplier<Map<String, Long>> moreGauges) {
        this.moreCounters = moreCounters;
        this.moreGauges = moreGauges;
        this.homes = homes;
        this.router = router;
        this.retained = retained;
    }

    @Override
    public SortedMap<String, Long> counters() {
        SortedMap<String, Long> result = new TreeMap<>();
        for (Metric metric : Metric.values()) {
            if (metric.kind() == Metric.Kind.COUNTER) {
                result.put(metric.label(), sum(metric));
            }
        }
        long publishes = sum(Metric.FATE_RECEIVED);
        result.put("messages.publish", publishes);
        result.put("messages.delivered", sum(Metric.FATE_DELIVERED));
        result.putAll(moreCounters.get());
        return result;
    }

    @Override
    public SortedMap<String, Long> gauges() {
        SortedMap<String, Long> result = new TreeMap<>();
        long connections = sum(Metric.CONNECTIONS_COUNT);
        gauge(result, "connections", connections);
        gauge(result, "live_connections", connections);
        gauge(result, "channels", connections);
        gauge(result, "sessions", sum(Metric.SESSIONS_COUNT));
        gauge(result, "subscriptions", sum(Metric.SUBSCRIPTIONS_COUNT));
        gauge(result, "suboptions", sum(Metric.SUBSCRIPTIONS_COUNT));
        gauge(result, "subscribers", sum(Metric.SUBSCRIPTIONS_COUNT));
        gauge(result, "subscriptions.shared", sum(Metric.SUBSCRIPTIONS_SHARED_COUNT));
        gauge(result, "topics", router.filters());
        gauge(result, "retained", retained.count());
        result.putAll(moreGauges.get());
        return result;
    }

    private void gauge(SortedMap<String, Long> result, String name, long now) {
        long maximum = maxima.merge(name, now, Math::max);
        result.put(name + ".count", now);
        result.put(name + ".max", maximum);
    }

    @Override
    public SortedMap<String, Long> accounting() {
        SortedMap<String, Long> result = new TreeMap<>();
        long refused = 0;
        long dropped = 0;
        for (Metric metric : Metric.values()) {
            if (metric.kind() != Metric.Kind.FATE) {
                continue;
            }
            long value = sum(metric);
            result.put(metric.label(), value);
            refused += metric.label().startsWith(REFUSED) ? value : 0;
            dropped += metric.label().startsWith(DROPPED) ? value : 0;
        }
        result.put("refused", refused);
        result.put("dropped", dropped);
        return result;
    }

    /** The accounting as one JSON object, reasons in objects of their own. */
    byte[] accountingJson() {
        Json json = new Json();
        Json refused = new Json();
        Json dropped = new Json();
        accounting().forEach((name, value) -> {
            if (name.startsWith(REFUSED)) {
                refused.with(name.substring(REFUSED.length()), value);
            } else if (name.startsWith(DROPPED)) {
                dropped.with(name.substring(DROPPED.length()), value);
            } else {
                json.with(name, value);
            }
        });
        return json.with("refused_by", refused).with("dropped_by", dropped).bytes();
    }

    private long sum(Metric metric) {
        long sum = 0;
        for (Home home : homes) {
            sum += home.counters().get(metric);
        }
        return sum;
    }
}
