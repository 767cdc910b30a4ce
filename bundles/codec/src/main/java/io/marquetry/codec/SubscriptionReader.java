// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static io.marquetry.codec.ProtocolException.malformed;
import static io.marquetry.codec.ProtocolException.protocolError;

import io.marquetry.api.mqtt.QoS;
import java.util.ArrayList;
import java.util.List;

/** Reads SUBSCRIBE and UNSUBSCRIBE [MQTT-3.8] [MQTT-3.10]. */
final class SubscriptionReader {
    private static final int QOS = 0x03;
    private static final int NO_LOCAL = 0x04;
    private static final int RETAIN_AS_PUBLISHED = 0x08;
    private static final int RETAIN_HANDLING = 0x30;
    private static final int RESERVED = 0xC0;
    private static final int RESERVED_3 = 0xFC;

    private final BodyReader body;
    private final boolean v5;

    SubscriptionReader(BodyReader body, boolean v5) {
        this.body = body;
        this.v5 = v5;
    }

    Packet.Subscribe subscribe() throws ProtocolException {
        int packetId = body.packetId();
        Properties properties = v5 ? body.properties(PropertyPlace.SUBSCRIBE) : Properties.NONE;
        List<Packet.Subscribe.Request> requests = new ArrayList<>(1);
        while (body.hasMore()) {
            String filter = body.text("a topic filter");
            requests.add(request(filter, body.octet("the subscription options")));
        }
        if (requests.isEmpty()) {
            throw protocolError("expected at least one topic filter in SUBSCRIBE"); // [MQTT-3.8.3-2]
        }
        return new Packet.Subscribe(packetId, List.copyOf(requests), properties);
    }

    Packet.Unsubscribe unsubscribe() throws ProtocolException {
        int packetId = body.packetId();
        Properties properties = v5 ? body.properties(PropertyPlace.UNSUBSCRIBE) : Properties.NONE;
        List<String> filters = new ArrayList<>(1);
        while (body.hasMore()) {
            filters.add(body.text("a topic filter"));
        }
        if (filters.isEmpty()) {
            throw protocolError("expected at least one topic filter in UNSUBSCRIBE"); // [MQTT-3.10.3-2]
        }
        return new Packet.Unsubscribe(packetId, List.copyOf(filters), properties);
    }

    private Packet.Subscribe.Request request(String filter, int options) throws ProtocolException {
        if (body.strict() && (options & (v5 ? RESERVED : RESERVED_3)) != 0) {
            // [MQTT-3.8.3-5]; [MQTT-3-8.3-4] of 3.1.1
            throw malformed("expected 0 as the reserved bits of the subscription options");
        }
        if ((options & QOS) == QOS) {
            throw v5
                    ? protocolError("expected a QoS of 0, 1 or 2, got 3")
                    : malformed("expected a QoS of 0, 1 or 2, got 3");
        }
        QoS qos = QoS.of(options & QOS);
        if (!v5) {
            return new Packet.Subscribe.Request(filter, qos, false, false, 0);
        }
        int retainHandling = (options & RETAIN_HANDLING) >> 4;
        if (retainHandling == 3) {
            throw protocolError("expected a retain handling of 0, 1 or 2, got 3");
        }
        boolean noLocal = (options & NO_LOCAL) != 0;
        if (noLocal && filter.startsWith("$share/")) {
            throw protocolError("expected no No Local on a shared subscription"); // [MQTT-3.8.3-4]
        }
        return new Packet.Subscribe.Request(filter, qos, noLocal, (options & RETAIN_AS_PUBLISHED) != 0, retainHandling);
    }
}
