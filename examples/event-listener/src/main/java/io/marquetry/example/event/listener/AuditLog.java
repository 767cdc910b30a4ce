// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.event.listener;

import io.marquetry.api.event.BrokerEvent;
import io.marquetry.api.event.BrokerEventListener;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes down who comes, who goes, who is turned away and who subscribes to what. */
@Component
public final class AuditLog implements BrokerEventListener {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);

    @Override
    public void onEvents(List<BrokerEvent> events, long lost) {
        if (lost > 0) {
            LOG.warn("{} events are missing here: more happened than could be written", lost);
        }
        for (BrokerEvent event : events) {
            LOG.info("{} {}", event.at(), line(event));
        }
    }

    /** A line for each kind; a kind that comes later is written as it is. */
    static String line(BrokerEvent event) {
        if (event instanceof BrokerEvent.Connected e) {
            return "connected client=" + e.client().clientId() + " session=" + (e.sessionPresent() ? "old" : "new");
        } else if (event instanceof BrokerEvent.Refused e) {
            return "refused client=" + e.client().clientId() + " reason=" + e.reason();
        } else if (event instanceof BrokerEvent.Disconnected e) {
            return "disconnected client=" + e.client().clientId() + " reason=" + e.reason();
        } else if (event instanceof BrokerEvent.Subscribed e) {
            return "subscribed client=" + e.client().clientId() + " filter="
                    + e.filter().text();
        } else if (event instanceof BrokerEvent.Unsubscribed e) {
            return "unsubscribed client=" + e.client().clientId() + " filter="
                    + e.filter().text();
        }
        return event.toString();
    }
}
