// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.hook.Publish;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.codec.PublishView;
import io.marquetry.core.internal.message.Messages;
import org.jspecify.annotations.Nullable;

/**
 * What a hook sees of a message in the read buffer: nothing is copied before somebody looks. One for each message and
 * not one for each loop, so that a hook that keeps it and reads too late is told so, and never sees another message.
 */
final class PublishInBuffer implements Publish {
    private final IncomingTopics topics;
    /** Null when the call is over. */
    private @Nullable PublishView view;

    private @Nullable Message message;

    PublishInBuffer(PublishView view, IncomingTopics topics) {
        this.view = view;
        this.topics = topics;
    }

    /** The hooks have answered, and the buffer goes on to the next packet. */
    void end() {
        view = null;
    }

    private PublishView view() {
        if (view == null) {
            throw new IllegalStateException(
                    "expected a PUBLISH to be read during onPublish only; for later, take" + " message() there");
        }
        return view;
    }

    @Override
    public String topic() {
        view();
        return topics.text();
    }

    @Override
    public QoS qos() {
        return QoS.of(view().qos());
    }

    @Override
    public boolean retain() {
        return view().retain();
    }

    @Override
    public int payloadLength() {
        return view().payloadLength();
    }

    @Override
    public Message message() {
        PublishView seen = view();
        if (message == null) {
            message = Messages.of(seen, topics.text());
        }
        return message;
    }
}
