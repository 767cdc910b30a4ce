// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.subscribe.hook;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.SubscribeHook;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.TopicFilter;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a client say {@code my/...} for {@code clients/ITS-ID/...}, and refuses to anybody the subscription to
 * everything.
 */
@Component
public final class MyTopicsHook implements SubscribeHook {
    private static final Logger LOG = LoggerFactory.getLogger(MyTopicsHook.class);
    private static final Verdict REFUSED = new Verdict.Refuse(ReasonCode.NOT_AUTHORIZED);
    private static final String MY = "my/";

    @Override
    public Verdict onSubscribe(ClientInfo client, TopicFilter filter, QoS qos) {
        String mountpoint = client.mountpoint();
        String own = filter.filter().substring(mountpoint.length());
        if (own.equals("#")) {
            return REFUSED;
        }
        if (!own.startsWith(MY) || filter.isShared() || !isOneLevel(client.clientId())) {
            return Verdict.PASS;
        }
        String meant = mountpoint + "clients/" + client.clientId() + "/" + own.substring(MY.length());
        return new Verdict.Replace(TopicFilter.parse(meant), qos);
    }

    @Override
    public void onUnsubscribe(ClientInfo client, TopicFilter filter) {
        LOG.info("unsubscribed client={} filter={}", client.clientId(), filter.text());
    }

    /** A client may be called as it likes, a level may not. */
    private static boolean isOneLevel(String clientId) {
        return clientId.chars().noneMatch(c -> c == '/' || c == '+' || c == '#');
    }
}
