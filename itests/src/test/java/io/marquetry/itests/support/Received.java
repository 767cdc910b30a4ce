// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;

/** A packet that the broker sent, read by {@link ReceivedParser}. */
@SuppressWarnings("ArrayRecordComponent") // a payload is compared by its text
public sealed interface Received {
    /** CONNACK; in 3.x the code is the return code. */
    record Connack(boolean sessionPresent, int code, Props props) implements Received {}

    /** PUBLISH; {@code id} is 0 for QoS 0. */
    record Publish(boolean dup, int qos, boolean retain, String topic, int id, Props props, byte[] payload)
            implements Received {
        /** The payload as text. */
        public String text() {
            return new String(payload, UTF_8);
        }

        @Override
        public String toString() {
            String shown = payload.length > 60 ? payload.length + " bytes" : text();
            return "Publish[qos=%d dup=%s retain=%s id=%d topic=%s props=%s payload=%s]"
                    .formatted(qos, dup, retain, id, topic, props, shown);
        }
    }

    /** PUBACK; the code is 0 in 3.x. */
    record Puback(int id, int code, Props props) implements Received {}

    /** PUBREC; the code is 0 in 3.x. */
    record Pubrec(int id, int code, Props props) implements Received {}

    /** PUBREL; the code is 0 in 3.x. */
    record Pubrel(int id, int code, Props props) implements Received {}

    /** PUBCOMP; the code is 0 in 3.x. */
    record Pubcomp(int id, int code, Props props) implements Received {}

    /** SUBACK, one code for each filter. */
    record Suback(int id, List<Integer> codes, Props props) implements Received {}

    /** UNSUBACK; 3.x has no codes. */
    record Unsuback(int id, List<Integer> codes, Props props) implements Received {}

    /** PINGRESP. */
    record Pingresp() implements Received {}

    /** DISCONNECT, in MQTT 5 only. */
    record Disconnect(int code, Props props) implements Received {}

    /** AUTH, in MQTT 5 only. */
    record Auth(int code, Props props) implements Received {}
}
