// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.access;

import io.marquetry.api.auth.Action;
import io.marquetry.api.mqtt.QoS;

/** What a client can want of a topic, each as a small number: that is how decisions are remembered and compared. */
public final class Wanted {
    private static final int SUBSCRIBE = 6;
    private static final Action[] ACTIONS = new Action[9];

    static {
        for (QoS qos : QoS.values()) {
            ACTIONS[publish(qos.value(), false)] = new Action.Publish(qos, false);
            ACTIONS[publish(qos.value(), true)] = new Action.Publish(qos, true);
            ACTIONS[subscribe(qos.value())] = new Action.Subscribe(qos);
        }
    }

    private Wanted() {}

    /** To publish. */
    public static int publish(int qos, boolean retain) {
        return qos * 2 + (retain ? 1 : 0);
    }

    /** To subscribe. */
    public static int subscribe(int qos) {
        return SUBSCRIBE + qos;
    }

    static Action action(int wanted) {
        return ACTIONS[wanted];
    }
}
