// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.hook;

import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.QoS;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A PUBLISH that a {@link PublishHook} is asked about. It still lies where it was read from the socket, so that a hook
 * that does not look at it costs next to nothing; {@link #message} copies it.
 *
 * <p>It can be read only during the call that it is handed to, and by the thread that makes the call. Whoever needs it
 * longer, for a queue or for an answer that comes later, takes {@link #message} during the call; every read after it
 * throws {@link IllegalStateException}. A hook that is marked {@link io.marquetry.api.extension.Blocking} may keep it.
 *
 * @since 1.0
 */
@ProviderType
public interface Publish {
    /** A PUBLISH of a message, which can be read at any time: for the tests of a hook. */
    static Publish of(Message message) {
        return new WholePublish(message);
    }

    /**
     * The topic name that it is routed and retained by, with the {@link io.marquetry.api.client.ClientInfo#mountpoint}
     * of the client in front.
     */
    String topic();

    /** The quality of service it was published with. */
    QoS qos();

    /** Whether it is to be retained. */
    boolean retain();

    /** The length of the payload in bytes. */
    int payloadLength();

    /** All of it, in a copy that can be kept; the same one each time. */
    Message message();
}
