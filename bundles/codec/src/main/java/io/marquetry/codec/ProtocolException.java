// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import org.jspecify.annotations.Nullable;

/**
 * The peer broke the protocol; the connection cannot go on. Has no stack trace: it is an answer to a peer, not a fault
 * of ours, and a hostile peer must not make us collect one for each packet.
 *
 * @since 1.0
 */
public final class ProtocolException extends Exception {
    private static final long serialVersionUID = 1L;

    private final ReasonCode reason;
    private final @Nullable ProtocolVersion connAckVersion;

    /**
     * @param reason what an MQTT 5 client is told
     * @param message what was expected and what came
     */
    public ProtocolException(ReasonCode reason, String message) {
        this(reason, message, null);
    }

    /**
     * @param reason what an MQTT 5 client is told
     * @param message what was expected and what came
     * @param connAckVersion see {@link #connAckVersion()}
     */
    public ProtocolException(ReasonCode reason, String message, @Nullable ProtocolVersion connAckVersion) {
        super(message, null, false, false);
        this.reason = reason;
        this.connAckVersion = connAckVersion;
    }

    /** What an MQTT 5 client is told. */
    public ReasonCode reason() {
        return reason;
    }

    /**
     * The version in whose form a CONNACK refuses the CONNECT that is at fault; null when closing is the only answer:
     * the fault is not in a CONNECT, its sender speaks an older version that knows no answer to a malformed packet
     * [MQTT-3.1.4-1], or nothing tells what it would understand.
     */
    public @Nullable ProtocolVersion connAckVersion() {
        return connAckVersion;
    }

    static ProtocolException malformed(String message) {
        return new ProtocolException(ReasonCode.MALFORMED_PACKET, message);
    }

    static ProtocolException protocolError(String message) {
        return new ProtocolException(ReasonCode.PROTOCOL_ERROR, message);
    }

    /** The same fault, to be answered by a CONNACK of this version. */
    ProtocolException inConnect(ProtocolVersion version) {
        return new ProtocolException(reason, getMessage(), version);
    }

    @Override
    public String getMessage() {
        // Never null: every constructor sets it.
        return String.valueOf(super.getMessage());
    }
}
