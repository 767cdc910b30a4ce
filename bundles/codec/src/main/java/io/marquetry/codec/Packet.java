// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A control packet, one model for every protocol version: what a version does not have is empty. The hot ones do not
 * take this form when they are read: PUBLISH is a {@link PublishView}, its four acknowledgements are plain arguments of
 * {@link PacketSink#onAck}.
 *
 * @since 1.0
 */
public sealed interface Packet {
    /** The packet's type. */
    PacketType type();

    /**
     * CONNECT.
     *
     * @param version the protocol version
     * @param bridge whether the high bit of the protocol level was set, as Mosquitto's bridges do
     * @param cleanStart Clean Start, Clean Session in older versions
     * @param keepAliveSeconds the keep alive; 0 is none
     * @param clientId the client identifier, possibly empty
     * @param will the will, or null
     * @param username the user name, or null
     * @param password the password, or null
     * @param properties the CONNECT properties
     */
    record Connect(
            ProtocolVersion version,
            boolean bridge,
            boolean cleanStart,
            int keepAliveSeconds,
            String clientId,
            @Nullable Will will,
            @Nullable String username,
            byte @Nullable [] password,
            Properties properties)
            implements Packet {
        @Override
        public PacketType type() {
            return PacketType.CONNECT;
        }

        /** Leaves password and will out, so that neither reaches a log. */
        @Override
        public String toString() {
            return "Connect[" + version + ", clientId=" + clientId + ", cleanStart=" + cleanStart + ", keepAlive="
                    + keepAliveSeconds + "]";
        }
    }

    /**
     * The will in a CONNECT.
     *
     * @param topic the topic name, checked
     * @param payload the payload
     * @param qos the quality of service
     * @param retain whether it is to be retained
     * @param properties the will properties
     */
    record Will(String topic, byte[] payload, QoS qos, boolean retain, Properties properties) {}

    /**
     * CONNACK. The encoder turns the reason into a return code for older versions.
     *
     * @param sessionPresent whether the broker goes on with a session
     * @param reason the reason code
     * @param properties the properties
     */
    record ConnAck(boolean sessionPresent, ReasonCode reason, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.CONNACK;
        }
    }

    /**
     * PUBLISH, for those who do not need it fast.
     *
     * @param dup the DUP flag
     * @param qos the quality of service
     * @param retain the RETAIN flag
     * @param topic the topic name; empty when a topic alias stands for it
     * @param packetId the packet identifier; 0 with QoS 0
     * @param payload the payload
     * @param properties the properties
     */
    record Publish(
            boolean dup, QoS qos, boolean retain, String topic, int packetId, byte[] payload, Properties properties)
            implements Packet {
        @Override
        public PacketType type() {
            return PacketType.PUBLISH;
        }
    }

    /**
     * PUBACK, PUBREC, PUBREL or PUBCOMP.
     *
     * @param type which of the four
     * @param packetId the packet identifier
     * @param reason the reason code
     * @param properties the properties
     */
    record Ack(PacketType type, int packetId, ReasonCode reason, Properties properties) implements Packet {}

    /**
     * SUBSCRIBE.
     *
     * @param packetId the packet identifier
     * @param subscriptions at least one; the filter is UTF-8 checked, its syntax is not, since the answer is per filter
     * @param properties the properties
     */
    record Subscribe(int packetId, List<Request> subscriptions, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.SUBSCRIBE;
        }

        /**
         * One filter and its options.
         *
         * @param filter the filter as sent
         * @param qos the maximum quality of service
         * @param noLocal whether own messages stay away
         * @param retainAsPublished whether the RETAIN flag is kept
         * @param retainHandling 0 send retained messages, 1 only for a new subscription, 2 never
         */
        public record Request(String filter, QoS qos, boolean noLocal, boolean retainAsPublished, int retainHandling) {}
    }

    /**
     * SUBACK.
     *
     * @param packetId the packet identifier
     * @param reasons one for each filter
     * @param properties the properties
     */
    record SubAck(int packetId, List<ReasonCode> reasons, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.SUBACK;
        }
    }

    /**
     * UNSUBSCRIBE.
     *
     * @param packetId the packet identifier
     * @param filters at least one
     * @param properties the properties
     */
    record Unsubscribe(int packetId, List<String> filters, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.UNSUBSCRIBE;
        }
    }

    /**
     * UNSUBACK; the reasons reach only MQTT 5 clients.
     *
     * @param packetId the packet identifier
     * @param reasons one for each filter
     * @param properties the properties
     */
    record UnsubAck(int packetId, List<ReasonCode> reasons, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.UNSUBACK;
        }
    }

    /** PINGREQ. */
    record PingReq() implements Packet {
        @Override
        public PacketType type() {
            return PacketType.PINGREQ;
        }
    }

    /** PINGRESP. */
    record PingResp() implements Packet {
        @Override
        public PacketType type() {
            return PacketType.PINGRESP;
        }
    }

    /**
     * DISCONNECT.
     *
     * @param reason the reason code; {@code SUCCESS} is a normal disconnection
     * @param properties the properties
     */
    record Disconnect(ReasonCode reason, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.DISCONNECT;
        }
    }

    /**
     * AUTH, MQTT 5 only.
     *
     * @param reason 0x00, 0x18 or 0x19
     * @param properties the properties
     */
    record Auth(ReasonCode reason, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.AUTH;
        }
    }
}
