// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static io.marquetry.codec.ProtocolException.malformed;
import static io.marquetry.codec.ProtocolException.protocolError;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Makes packets of the bytes of one connection. Keeps nothing between calls but the version that CONNECT named: a
 * packet that is not complete stays in the caller's buffer, a packet that is complete is read where it lies. Not
 * thread-safe; called on the connection's event loop.
 *
 * <p>What can be judged early is judged early: the first byte alone refuses what is not MQTT, the fixed header alone
 * refuses a packet that is too large. After a {@link ProtocolException} the stream has no meaning any more and the
 * connection must be closed; the reader index then still stands on the packet at fault.
 *
 * @since 1.0
 */
public final class PacketDecoder {
    private static final int DUP = 0x08;
    private static final int QOS = 0x06;
    private static final int RETAIN = 0x01;

    private static final Packet PING_REQ = new Packet.PingReq();
    private static final Packet PING_RESP = new Packet.PingResp();

    private final int maxPacketBytes;
    private final boolean strict;
    private final boolean toBroker;
    private @Nullable ProtocolVersion version;

    /**
     * A decoder for what a client sends; the version comes with CONNECT.
     *
     * @param maxPacketBytes the largest packet accepted, in bytes with its fixed header
     * @param strict false relaxes the rules that old clients are known to break: reserved flags, UTF-8, packet
     *     identifier 0, will flags without a will, a password without a user name, long forms of a length
     */
    public PacketDecoder(int maxPacketBytes, boolean strict) {
        this(maxPacketBytes, strict, true, null);
    }

    private PacketDecoder(int maxPacketBytes, boolean strict, boolean toBroker, @Nullable ProtocolVersion version) {
        this.maxPacketBytes = maxPacketBytes;
        this.strict = strict;
        this.toBroker = toBroker;
        this.version = version;
    }

    /**
     * A strict decoder for what a broker sends.
     *
     * @param version the version that the client named in its CONNECT
     * @param maxPacketBytes the largest packet accepted, in bytes with its fixed header
     */
    public static PacketDecoder forClient(ProtocolVersion version, int maxPacketBytes) {
        return new PacketDecoder(maxPacketBytes, true, false, version);
    }

    /** The version of the connection, or null before a CONNECT was decoded. */
    public @Nullable ProtocolVersion version() {
        return version;
    }

    /**
     * The length in bytes of the whole packet that begins at the reader index, or -1 when its fixed header is not
     * complete or not valid. Says nothing about whether the packet is acceptable: {@link #decodeNext} does.
     */
    public int bytesWanted(ByteBuf in) {
        int start = in.readerIndex();
        int end = in.writerIndex();
        int remaining = 0;
        for (int i = 1; i <= 4 && start + i < end; i++) {
            int octet = in.getByte(start + i);
            remaining |= (octet & 0x7F) << (7 * (i - 1));
            if (octet >= 0) {
                return 1 + i + remaining;
            }
        }
        return -1;
    }

    /**
     * Decodes at most one packet and hands it on; the reader index is behind it when the sink is called.
     *
     * @param in the bytes from the reader index on
     * @param view is filled when the packet is a PUBLISH
     * @param sink takes the packet
     * @return false, and nothing is consumed, when the packet is not complete
     * @throws ProtocolException when the packet is not acceptable
     */
    public boolean decodeNext(ByteBuf in, PublishView view, PacketSink sink) throws ProtocolException {
        int start = in.readerIndex();
        int available = in.readableBytes();
        if (available == 0) {
            return false;
        }
        int first = in.getUnsignedByte(start);
        checkFirstByte(first);
        int packed = Varint.peek(in, start + 1, start + available);
        if (packed == Varint.INCOMPLETE) {
            return false;
        }
        int body = start + 1 + Varint.bytes(packed);
        int length = body - start + Varint.value(packed);
        if (length > maxPacketBytes) {
            throw new ProtocolException( // [MQTT-3.1.2-24]
                    ReasonCode.PACKET_TOO_LARGE,
                    "expected a packet of at most " + maxPacketBytes + " bytes, got one of " + length);
        }
        ProtocolVersion known = version;
        boolean v5 = known == ProtocolVersion.MQTT_5;
        if (v5 && strict && !Varint.isShortest(packed)) {
            throw Varint.notShortest();
        }
        if (available < length) {
            return false;
        }
        int end = start + length;
        PacketType type = PacketType.ofFirstByte(first);
        switch (type) {
            case PUBLISH -> {
                readPublish(in, first, start, body, end, view, v5);
                in.readerIndex(end);
                sink.onPublish(view);
            }
            case PUBACK, PUBREC, PUBREL, PUBCOMP -> {
                ReasonCode reason = readAck(in, type, body, end, v5);
                int packetId = in.getUnsignedShort(body);
                in.readerIndex(end);
                sink.onAck(type, packetId, reason);
            }
            case PINGREQ, PINGRESP -> {
                if (body != end) {
                    throw malformed("expected the end of " + type + ", got " + (end - body) + " more bytes");
                }
                in.readerIndex(end);
                sink.onPacket(type == PacketType.PINGREQ ? PING_REQ : PING_RESP);
            }
            default -> {
                Packet packet = readCold(type, new BodyReader(in, body, end, strict), Varint.isShortest(packed), known);
                in.readerIndex(end);
                sink.onPacket(packet);
            }
        }
        return true;
    }

    /** Refuses a packet whose first byte shows that it cannot be one, whatever follows. */
    private void checkFirstByte(int first) throws ProtocolException {
        PacketType type = PacketType.ofFirstByte(first);
        ProtocolVersion known = version;
        if (known == null) {
            // [MQTT-3.1.0-1]
            if (type != PacketType.CONNECT) {
                throw protocolError(String.format("expected CONNECT as the first packet, got the byte 0x%02X", first));
            }
        } else if (type == PacketType.PUBLISH) {
            checkPublishFlags(first);
            return;
        } else {
            checkDirection(type, known);
        }
        // In 3.1 the flags are "not used" in most packets, and a repeated request has DUP set.
        if (strict && known != ProtocolVersion.MQTT_3_1 && first != type.firstByte()) {
            throw malformed( // [MQTT-2.1.3-1]
                    String.format(
                            "expected 0x%02X as the first byte of %s, got 0x%02X", type.firstByte(), type, first));
        }
    }

    private void checkPublishFlags(int first) throws ProtocolException {
        if ((first & QOS) == QOS) {
            throw malformed("expected a QoS of 0, 1 or 2 in PUBLISH, got 3"); // [MQTT-3.3.1-4]
        }
        if (strict && (first & (DUP | QOS)) == DUP && version != ProtocolVersion.MQTT_3_1) {
            throw malformed("expected no DUP with QoS 0"); // [MQTT-3.3.1-2]
        }
    }

    private void checkDirection(PacketType type, ProtocolVersion known) throws ProtocolException {
        boolean expected = switch (type) {
            case RESERVED -> throw malformed("expected a packet, got the reserved type 0"); // [MQTT-2.1.2]
            case CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ -> toBroker;
            case CONNACK, SUBACK, UNSUBACK, PINGRESP -> !toBroker;
            case PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP -> true;
            case DISCONNECT -> toBroker || known == ProtocolVersion.MQTT_5;
            case AUTH -> known == ProtocolVersion.MQTT_5;
        };
        if (!expected) {
            throw protocolError("expected no " + type + " from a " + (toBroker ? "client" : "broker") + " of " + known);
        }
    }

    private void readPublish(ByteBuf in, int first, int start, int body, int end, PublishView view, boolean v5)
            throws ProtocolException {
        int qos = (first & QOS) >> 1;
        int fixed = qos == 0 ? 2 : 4;
        int topicLength = end - body < fixed ? 0 : in.getUnsignedShort(body);
        int at = body + fixed + topicLength;
        if (at > end) {
            throw malformed("expected " + (at - body) + " bytes of PUBLISH, got " + (end - body));
        }
        int packetId = qos == 0 ? 0 : in.getUnsignedShort(at - 2);
        if (qos != 0 && packetId == 0 && strict) {
            throw malformed("expected a packet identifier above 0"); // [MQTT-2.2.1-3]
        }
        view.buffer = in;
        view.v5 = v5;
        view.dup = (first & DUP) != 0 && qos != 0;
        view.qos = qos;
        view.retain = (first & RETAIN) != 0;
        view.packetId = packetId;
        view.topicStart = body + 2;
        view.topicLength = topicLength;
        view.frameStart = start;
        view.frameLength = end - start;
        view.topicAlias = 0;
        view.topicAliasAt = -1;
        view.messageExpirySeconds = -1;
        view.messageExpiryAt = -1;
        view.propertiesStart = at;
        view.propertiesLength = 0;
        if (v5) {
            at = scanPublishProperties(in, at, end, view);
        }
        if (topicLength == 0 && view.topicAlias == 0) {
            throw protocolError("expected a topic name or a topic alias in PUBLISH"); // [MQTT-4.7.3-1]
        }
        view.payloadStart = at;
        view.payloadLength = end - at;
    }

    /** Returns where the payload begins. */
    private int scanPublishProperties(ByteBuf in, int at, int end, PublishView view) throws ProtocolException {
        int packed = Varint.read(in, at, end, strict);
        int start = at + Varint.bytes(packed);
        int length = Varint.value(packed);
        if (length > end - start) {
            throw malformed("expected " + length + " bytes of properties, got " + (end - start));
        }
        view.propertiesStart = start;
        view.propertiesLength = length;
        if (length != 0) {
            long seen = PropertyScanner.scan(in, start, start + length, PropertyPlace.PUBLISH, strict, view);
            if (toBroker && (seen & PropertyPlace.bit(Property.SUBSCRIPTION_IDENTIFIER)) != 0) {
                throw protocolError("expected no subscription identifier from a client"); // [MQTT-3.3.4-6]
            }
        }
        return start + length;
    }

    private ReasonCode readAck(ByteBuf in, PacketType type, int body, int end, boolean v5) throws ProtocolException {
        int length = end - body;
        if (length < 2 || (!v5 && length > 2)) {
            throw malformed("expected 2 bytes of " + type + ", got " + length);
        }
        if (strict && in.getShort(body) == 0) {
            throw malformed("expected a packet identifier above 0"); // [MQTT-2.2.1-3]
        }
        if (length == 2) {
            return ReasonCode.SUCCESS;
        }
        ReasonCode reason = ReasonRules.read(in.getUnsignedByte(body + 2), type, toBroker);
        if (length > 3) {
            int packed = Varint.read(in, body + 3, end, strict);
            int start = body + 3 + Varint.bytes(packed);
            if (Varint.value(packed) != end - start) {
                throw malformed("expected " + Varint.value(packed) + " bytes of properties, got " + (end - start));
            }
            PropertyScanner.scan(in, start, end, PropertyPlace.ACK, strict, null);
        }
        return reason;
    }

    private Packet readCold(PacketType type, BodyReader body, boolean shortestLength, @Nullable ProtocolVersion known)
            throws ProtocolException {
        boolean v5 = known == ProtocolVersion.MQTT_5;
        return switch (type) {
            case CONNECT -> readConnect(new ConnectReader(body, shortestLength));
            case SUBSCRIBE -> new SubscriptionReader(body, v5).subscribe();
            case UNSUBSCRIBE -> new SubscriptionReader(body, v5).unsubscribe();
            case CONNACK -> new AnswerReader(body, v5, toBroker).connAck(known == ProtocolVersion.MQTT_3_1);
            case SUBACK -> new AnswerReader(body, v5, toBroker).subAck();
            case UNSUBACK -> new AnswerReader(body, v5, toBroker).unsubAck();
            case DISCONNECT -> new AnswerReader(body, v5, toBroker).disconnect();
            case AUTH -> new AnswerReader(body, v5, toBroker).auth();
            case RESERVED, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, PINGREQ, PINGRESP ->
                throw new AssertionError(type);
        };
    }

    private Packet readConnect(ConnectReader reader) throws ProtocolException {
        if (version == null) {
            Packet.Connect connect = reader.read();
            version = connect.version();
            return connect;
        }
        try {
            return reader.read();
        } catch (ProtocolException e) {
            // The connection stands and has its version: no CONNACK can follow.
            throw protocolError("expected no second CONNECT"); // [MQTT-3.1.0-2]
        }
    }
}
