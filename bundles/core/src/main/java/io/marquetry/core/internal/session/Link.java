// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.router.Subscriber;
import io.marquetry.core.internal.router.Subscription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The live connection of a session, as the session sees it; everything on the session's home loop. */
public interface Link {
    /** Whether it takes more now: not too many bytes wait for the socket. */
    boolean isWritable();

    /** How many QoS 1 and 2 messages may be under way to the client, at most. */
    int receiveMaximum();

    /**
     * Whether the packet would be longer than the client takes [MQTT-3.1.2-24].
     *
     * @param subscriptionIds as in {@link #publish}
     */
    boolean isTooLarge(Frames frames, int qos, int @Nullable [] subscriptionIds);

    /**
     * Sends a PUBLISH.
     *
     * @param packetId the packet identifier; 0 with QoS 0
     * @param subscriptionIds identifiers of the subscriptions that matched, or null
     */
    void publish(Frames frames, int qos, boolean retain, boolean dup, int packetId, int @Nullable [] subscriptionIds);

    /** Bytes that the connection makes the broker hold: output that waits, and messages of its client. */
    long heldBytes();

    /**
     * Ends the connection because its client makes the broker hold too much.
     *
     * @param reason the name it is counted under
     */
    void endExceeding(String reason);

    /** Sends a PUBREL. */
    void pubRel(int packetId);

    /**
     * Ends the connection because of its session, which does not know it any more.
     *
     * @param reason what an MQTT 5 client is told; {@code SESSION_TAKEN_OVER}, {@code ADMINISTRATIVE_ACTION},
     *     {@code SERVER_SHUTTING_DOWN}, or what an operator chose
     */
    void end(ReasonCode reason);

    /**
     * As {@link #end}, when another connection starts the session anew: the client is told the same, but it counts as
     * discarded.
     */
    void discard();

    /** Whose connection it is. */
    ClientInfo client();

    /** The client's own rules. */
    default List<AccessRule> rules() {
        return List.of();
    }

    /** As {@link Subscriber#look}, for a client that is connected. */
    default void look(Subscription subscription, int rights) {
        subscription.looked(rights);
        subscription.grant();
    }

    /** Forgets what was decided about the client. */
    default void forgetRights() {}
}
