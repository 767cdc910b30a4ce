// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static io.marquetry.codec.ProtocolException.malformed;

import io.marquetry.api.mqtt.ReasonCode;

/** The return codes of MQTT 3.1 and 3.1.1, and the reason codes of MQTT 5 that come nearest. */
final class ReturnCodes {
    /** The one failure that a SUBACK knows [MQTT-3.9.3]. */
    static final int SUBACK_FAILURE = 0x80;

    private ReturnCodes() {}

    /** The return code of a CONNACK (section 3.2.2.3 of MQTT 3.1.1). */
    static int ofConnAck(ReasonCode reason) {
        return switch (reason) {
            case SUCCESS -> 0;
            case UNSUPPORTED_PROTOCOL_VERSION, MALFORMED_PACKET, PROTOCOL_ERROR -> 1;
            case CLIENT_IDENTIFIER_NOT_VALID -> 2;
            case BAD_USER_NAME_OR_PASSWORD -> 4;
            case NOT_AUTHORIZED, BANNED, BAD_AUTHENTICATION_METHOD, TOPIC_NAME_INVALID -> 5;
            default -> 3;
        };
    }

    static ReasonCode toConnAck(int returnCode) throws ProtocolException {
        return switch (returnCode) {
            case 0 -> ReasonCode.SUCCESS;
            case 1 -> ReasonCode.UNSUPPORTED_PROTOCOL_VERSION;
            case 2 -> ReasonCode.CLIENT_IDENTIFIER_NOT_VALID;
            case 3 -> ReasonCode.SERVER_UNAVAILABLE;
            case 4 -> ReasonCode.BAD_USER_NAME_OR_PASSWORD;
            case 5 -> ReasonCode.NOT_AUTHORIZED;
            default -> throw malformed("expected a return code of 0 to 5 in CONNACK, got " + returnCode);
        };
    }

    static int ofSubAck(ReasonCode reason) {
        return reason.isError() ? SUBACK_FAILURE : reason.value();
    }

    static ReasonCode toSubAck(int returnCode) throws ProtocolException {
        return switch (returnCode) {
            case 0 -> ReasonCode.SUCCESS;
            case 1 -> ReasonCode.GRANTED_QOS_1;
            case 2 -> ReasonCode.GRANTED_QOS_2;
            case SUBACK_FAILURE -> ReasonCode.UNSPECIFIED_ERROR;
            default -> throw malformed("expected a return code of 0, 1, 2 or 128 in SUBACK, got " + returnCode);
        };
    }
}
