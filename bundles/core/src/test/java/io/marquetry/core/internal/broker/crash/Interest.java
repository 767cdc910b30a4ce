// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker.crash;

import io.marquetry.api.mqtt.TopicFilter;

/** One filter that a client subscribes to at times, always with the same quality of service. */
final class Interest {
    final TopicFilter filter;
    final int qos;
    /** When the broker has promised that the subscription is there. */
    final Window promised = new Window();
    /** When the subscription may be there. */
    final Window possible = new Window();

    Interest(String filter, int qos) {
        this.filter = TopicFilter.parse(filter);
        this.qos = qos;
    }

    /** The same for another session. */
    Interest fresh() {
        return new Interest(filter.text(), qos);
    }

    boolean matches(String topic) {
        return filter.matches(topic);
    }

    boolean isShared() {
        return filter.isShared();
    }

    /** The session has come to an end: nothing it held counts any more. */
    void forget(long now) {
        promised.close(now);
        possible.close(now);
    }
}
