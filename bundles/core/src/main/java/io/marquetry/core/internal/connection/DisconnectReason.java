// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.mqtt.ReasonCode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a connection ended, with the name it is counted under and what an MQTT 5 client is told. */
public enum DisconnectReason {
    NORMAL(null),
    TCP_CLOSED(null),
    SSL_CLOSED(null),
    KEEPALIVE_TIMEOUT(ReasonCode.KEEP_ALIVE_TIMEOUT),
    IDLE_TIMEOUT(null),
    TAKENOVER(ReasonCode.SESSION_TAKEN_OVER),
    DISCARDED(ReasonCode.SESSION_TAKEN_OVER),
    KICKED(ReasonCode.ADMINISTRATIVE_ACTION),
    FRAME_ERROR(ReasonCode.MALFORMED_PACKET),
    FRAME_TOO_LARGE(ReasonCode.PACKET_TOO_LARGE),
    PROTOCOL_ERROR(ReasonCode.PROTOCOL_ERROR),
    NOT_AUTHORIZED(ReasonCode.NOT_AUTHORIZED),
    BAD_USERNAME_OR_PASSWORD(ReasonCode.BAD_USER_NAME_OR_PASSWORD),
    /** 0x8A Banned is for CONNACK alone [MQTT-3.14.2-1]. */
    BANNED(ReasonCode.ADMINISTRATIVE_ACTION),
    SEND_TIMEOUT(ReasonCode.UNSPECIFIED_ERROR),
    QUOTA_EXCEEDED(ReasonCode.QUOTA_EXCEEDED),
    MAILBOX_OVERFLOW(ReasonCode.QUOTA_EXCEEDED),
    PROC_HEAP_TOO_LARGE(ReasonCode.QUOTA_EXCEEDED),
    /** The store cannot write what an acknowledgement would promise. */
    STORE_UNAVAILABLE(ReasonCode.QUOTA_EXCEEDED),
    SERVER_BUSY(ReasonCode.SERVER_BUSY),
    SHUTTING_DOWN(ReasonCode.SERVER_SHUTTING_DOWN),
    INTERNAL_ERROR(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);

    private final @Nullable ReasonCode reasonCode;
    private final String label = name().toLowerCase(Locale.ROOT);

    DisconnectReason(@Nullable ReasonCode reasonCode) {
        this.reasonCode = reasonCode;
    }

    /** What an MQTT 5 client is told, or null when it is not told anything. */
    public @Nullable ReasonCode reasonCode() {
        return reasonCode;
    }

    /** The name it is counted under. */
    public String label() {
        return label;
    }

    static DisconnectReason of(String label) {
        return valueOf(label.toUpperCase(Locale.ROOT));
    }

    /** The name under which a connection is counted that we ended with a reason code. */
    public static String labelOf(ReasonCode code) {
        return switch (code) {
            case SUCCESS -> NORMAL.label;
            case MALFORMED_PACKET -> FRAME_ERROR.label;
            case PACKET_TOO_LARGE -> FRAME_TOO_LARGE.label;
            case BAD_USER_NAME_OR_PASSWORD -> BAD_USERNAME_OR_PASSWORD.label;
            case KEEP_ALIVE_TIMEOUT -> KEEPALIVE_TIMEOUT.label;
            case SERVER_SHUTTING_DOWN -> SHUTTING_DOWN.label;
            case IMPLEMENTATION_SPECIFIC_ERROR -> INTERNAL_ERROR.label;
            default -> code.name().toLowerCase(Locale.ROOT);
        };
    }
}
