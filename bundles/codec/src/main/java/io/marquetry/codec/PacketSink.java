// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.marquetry.api.mqtt.ReasonCode;

/**
 * Takes the packets of one connection, in the order they arrived, on that connection's event loop.
 *
 * @since 1.0
 */
public interface PacketSink {
    /**
     * A PUBLISH.
     *
     * @param publish valid during this call only; the next PUBLISH on this thread uses it again
     */
    void onPublish(PublishView publish);

    /**
     * PUBACK, PUBREC, PUBREL or PUBCOMP.
     *
     * @param type which of the four
     * @param packetId the packet identifier, not 0
     * @param reason the reason code; {@code SUCCESS} in older versions
     */
    void onAck(PacketType type, int packetId, ReasonCode reason);

    /** Any other packet. */
    void onPacket(Packet packet);
}
