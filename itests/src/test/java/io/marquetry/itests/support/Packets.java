// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

/** Where packets come from: {@code publish("a/b", "payload").qos(1).id(7)}. */
public final class Packets {
    private Packets() {}

    /** CONNECT with Clean Start, a keep alive of 60 s and nothing else. */
    public static ConnectPacket connect(String clientId) {
        return new ConnectPacket(clientId);
    }

    /** PUBLISH with QoS 0. */
    public static PublishPacket publish(String topic, String payload) {
        return new PublishPacket(topic, payload.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** PUBLISH with QoS 0. */
    public static PublishPacket publish(String topic, byte[] payload) {
        return new PublishPacket(topic, payload);
    }

    /** PUBACK. */
    public static AckPacket puback(int id) {
        return new AckPacket(0x40, id);
    }

    /** PUBREC. */
    public static AckPacket pubrec(int id) {
        return new AckPacket(0x50, id);
    }

    /** PUBREL. */
    public static AckPacket pubrel(int id) {
        return new AckPacket(0x62, id);
    }

    /** PUBCOMP. */
    public static AckPacket pubcomp(int id) {
        return new AckPacket(0x70, id);
    }

    /** SUBSCRIBE; filters follow by {@link SubscribePacket#to}. */
    public static SubscribePacket subscribe(int id) {
        return new SubscribePacket(id);
    }

    /** UNSUBSCRIBE. */
    public static UnsubscribePacket unsubscribe(int id, String... filters) {
        return new UnsubscribePacket(id, filters);
    }

    /** PINGREQ. */
    public static PlainPacket pingreq() {
        return new PlainPacket(0xC0);
    }

    /** DISCONNECT with reason 0x00, in its short form. */
    public static ReasonPacket disconnect() {
        return new ReasonPacket(0xE0, 0);
    }

    /** DISCONNECT with a reason; 3.x writes the short form. */
    public static ReasonPacket disconnect(int reason) {
        return new ReasonPacket(0xE0, reason);
    }

    /** AUTH. */
    public static ReasonPacket auth(int reason) {
        return new ReasonPacket(0xF0, reason);
    }

    /** A packet of this first byte with no body, for types that do not exist or that a client never sends. */
    public static PlainPacket raw(int firstByte, byte... body) {
        return new PlainPacket(firstByte).surplus(body);
    }

    /** A first byte, and a body only by {@link #surplus}. */
    public static final class PlainPacket extends Outgoing<PlainPacket> {
        private final int first;

        private PlainPacket(int first) {
            this.first = first;
        }

        @Override
        int usualFirstByte() {
            return first;
        }

        @Override
        void writeBody(Bytes out, Version version) {}
    }

    /** PUBACK, PUBREC, PUBREL or PUBCOMP. */
    public static final class AckPacket extends Outgoing<AckPacket> {
        private final int first;
        private final int id;
        private int reason;
        private boolean longForm;

        private AckPacket(int first, int id) {
            this.first = first;
            this.id = id;
        }

        /** Sets the reason code, which only MQTT 5 writes. */
        public AckPacket reason(int value) {
            reason = value;
            longForm = true;
            return this;
        }

        @Override
        int usualFirstByte() {
            return first;
        }

        @Override
        void writeBody(Bytes out, Version version) {
            out.u16(id);
            if (version.hasProperties() && (longForm || hasProps())) {
                out.u8(reason);
                if (hasProps()) {
                    writeProps(out, version);
                }
            }
        }
    }

    /** DISCONNECT or AUTH: a reason and properties. */
    public static final class ReasonPacket extends Outgoing<ReasonPacket> {
        private final int first;
        private final int reason;

        private ReasonPacket(int first, int reason) {
            this.first = first;
            this.reason = reason;
        }

        @Override
        int usualFirstByte() {
            return first;
        }

        @Override
        void writeBody(Bytes out, Version version) {
            if (version.hasProperties() && (reason != 0 || hasProps())) {
                out.u8(reason);
                if (hasProps()) {
                    writeProps(out, version);
                }
            }
        }
    }

    /** UNSUBSCRIBE. */
    public static final class UnsubscribePacket extends Outgoing<UnsubscribePacket> {
        private final int id;
        private final String[] filters;

        private UnsubscribePacket(int id, String... filters) {
            this.id = id;
            this.filters = filters;
        }

        @Override
        int usualFirstByte() {
            return 0xA2;
        }

        @Override
        void writeBody(Bytes out, Version version) {
            out.u16(id);
            writeProps(out, version);
            for (String filter : filters) {
                out.text(filter);
            }
        }
    }
}
