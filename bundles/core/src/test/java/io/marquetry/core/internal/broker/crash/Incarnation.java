// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker.crash;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One session of a client, from when it may have begun until it is known to have ended: what reached it. */
final class Incarnation {
    /** One arrival at the application. */
    record Arrival(Sent message, long at, boolean retained) {}

    final String clientId;
    final List<Interest> interests;
    final List<Arrival> arrivals = new ArrayList<>();
    /** Whether its owner has asked for its end, or may have let it expire: nothing more is promised to it. */
    boolean disowned;

    Incarnation(String clientId, List<Interest> interests) {
        this.clientId = clientId;
        this.interests = interests;
    }

    Map<Sent, Integer> live() {
        Map<Sent, Integer> times = new LinkedHashMap<>();
        arrivals.stream().filter(a -> !a.retained()).forEach(a -> times.merge(a.message(), 1, Integer::sum));
        return times;
    }
}
