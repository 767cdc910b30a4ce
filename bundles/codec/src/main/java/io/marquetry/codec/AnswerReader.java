// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static io.marquetry.codec.ProtocolException.malformed;
import static io.marquetry.codec.ProtocolException.protocolError;

import io.marquetry.api.mqtt.ReasonCode;
import java.util.ArrayList;
import java.util.List;

/** Reads what ends with a reason and is not hot: CONNACK, SUBACK, UNSUBACK, DISCONNECT and AUTH. */
final class AnswerReader {
    private final BodyReader body;
    private final boolean v5;
    private final boolean toBroker;

    AnswerReader(BodyReader body, boolean v5, boolean toBroker) {
        this.body = body;
        this.v5 = v5;
        this.toBroker = toBroker;
    }

    /** @param reservedFlags whether the version has no acknowledge flags, as 3.1 */
    Packet.ConnAck connAck(boolean reservedFlags) throws ProtocolException {
        int flags = body.octet("the acknowledge flags");
        if (body.strict() && !reservedFlags && (flags & 0xFE) != 0) {
            throw malformed("expected 0 as the reserved acknowledge flags"); // [MQTT-3.2.2-1]
        }
        boolean sessionPresent = !reservedFlags && (flags & 1) != 0;
        int code = body.octet("the reason code");
        ReasonCode reason = v5 ? ReasonRules.read(code, PacketType.CONNACK, toBroker) : ReturnCodes.toConnAck(code);
        if (sessionPresent && reason != ReasonCode.SUCCESS) {
            throw protocolError("expected no session with a CONNACK that refuses"); // [MQTT-3.2.2-6]
        }
        Properties properties = v5 ? body.properties(PropertyPlace.CONNACK) : Properties.NONE;
        body.finish(PacketType.CONNACK);
        return new Packet.ConnAck(sessionPresent, reason, properties);
    }

    Packet.SubAck subAck() throws ProtocolException {
        int packetId = body.packetId();
        Properties properties = v5 ? body.properties(PropertyPlace.ACK) : Properties.NONE;
        List<ReasonCode> reasons = new ArrayList<>(1);
        while (body.hasMore()) {
            int code = body.octet("a reason code");
            reasons.add(v5 ? ReasonRules.read(code, PacketType.SUBACK, toBroker) : ReturnCodes.toSubAck(code));
        }
        if (reasons.isEmpty()) {
            throw protocolError("expected at least one reason code in SUBACK");
        }
        return new Packet.SubAck(packetId, List.copyOf(reasons), properties);
    }

    Packet.UnsubAck unsubAck() throws ProtocolException {
        int packetId = body.packetId();
        if (!v5) {
            body.finish(PacketType.UNSUBACK);
            return new Packet.UnsubAck(packetId, List.of(), Properties.NONE);
        }
        Properties properties = body.properties(PropertyPlace.ACK);
        List<ReasonCode> reasons = new ArrayList<>(1);
        while (body.hasMore()) {
            reasons.add(ReasonRules.read(body.octet("a reason code"), PacketType.UNSUBACK, toBroker));
        }
        if (reasons.isEmpty()) {
            throw protocolError("expected at least one reason code in UNSUBACK");
        }
        return new Packet.UnsubAck(packetId, List.copyOf(reasons), properties);
    }

    Packet.Disconnect disconnect() throws ProtocolException {
        if (!v5) {
            body.finish(PacketType.DISCONNECT);
            return new Packet.Disconnect(ReasonCode.SUCCESS, Properties.NONE);
        }
        ReasonCode reason = reason(PacketType.DISCONNECT);
        Properties properties = optionalProperties(PropertyPlace.DISCONNECT);
        if (!toBroker && properties.has(Property.SESSION_EXPIRY_INTERVAL)) {
            throw protocolError("expected no session expiry interval in a broker's DISCONNECT"); // [MQTT-3.14.2-2]
        }
        body.finish(PacketType.DISCONNECT);
        return new Packet.Disconnect(reason, properties);
    }

    Packet.Auth auth() throws ProtocolException {
        boolean empty = !body.hasMore();
        ReasonCode reason = reason(PacketType.AUTH);
        Properties properties = optionalProperties(PropertyPlace.AUTH);
        // Section 3.15.2.2.2; an AUTH without a body is a success without properties (section 3.15.2.1).
        if (!empty && !properties.has(Property.AUTHENTICATION_METHOD)) {
            throw protocolError("expected an authentication method in AUTH");
        }
        body.finish(PacketType.AUTH);
        return new Packet.Auth(reason, properties);
    }

    /** The reason; a body that ends before it means success. */
    private ReasonCode reason(PacketType type) throws ProtocolException {
        return ReasonRules.read(body.hasMore() ? body.octet("the reason code") : 0, type, toBroker);
    }

    private Properties optionalProperties(PropertyPlace place) throws ProtocolException {
        return body.hasMore() ? body.properties(place) : Properties.NONE;
    }
}
