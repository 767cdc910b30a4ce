// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.marquetry.api.mqtt.ReasonCode;

/**
 * The peer broke the protocol; the connection cannot go on. Has no stack trace: it is an answer to a peer, not a fault of
 * ours, and a hostile peer must not make us collect one for each packet.
 *
 * @since 1.0
 */
public final class ProtocolException extends Exception {
    private static final long serialVersionUID = 1L;

    private final ReasonCode reason;

    /**
     * @param reason what an MQTT 5 client is told
     * @param message what was expected and what came
     */
    public ProtocolException(ReasonCode reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    /** What an MQTT 5 client is told. */
    public ReasonCode reason() {
        return reason;
    }
}
