// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.hook;

import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.QoS;
import java.util.Objects;

/** A PUBLISH that lies in no buffer. */
record WholePublish(Message message) implements Publish {
    WholePublish {
        Objects.requireNonNull(message, "message");
    }

    @Override
    public String topic() {
        return message.topic();
    }

    @Override
    public QoS qos() {
        return message.qos();
    }

    @Override
    public boolean retain() {
        return message.retain();
    }

    @Override
    public int payloadLength() {
        return message.payload().length;
    }
}
