// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/** A PUBLISH to send. */
public final class PublishPacket extends Outgoing<PublishPacket> {
    private byte[] topic;
    private final byte[] payload;
    private int qos;
    private boolean dup;
    private boolean retain;
    private @Nullable Integer id;

    PublishPacket(String topic, byte[] payload) {
        this.topic = topic.getBytes(UTF_8);
        this.payload = payload;
    }

    /** Replaces the topic by bytes that need not be UTF-8. */
    public PublishPacket topicBytes(byte... value) {
        topic = value;
        return this;
    }

    /** Sets the two QoS bits; 3 is possible and wrong. */
    public PublishPacket qos(int value) {
        qos = value;
        return this;
    }

    int qos() {
        return qos;
    }

    /** Sets the packet identifier; without it none is written, whatever the QoS. */
    public PublishPacket id(int value) {
        id = value;
        return this;
    }

    /** Sets DUP. */
    public PublishPacket dup() {
        dup = true;
        return this;
    }

    /** Sets RETAIN. */
    public PublishPacket retain() {
        retain = true;
        return this;
    }

    @Override
    int usualFirstByte() {
        return 0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
    }

    @Override
    void writeBody(Bytes out, Version version) {
        out.binary(topic);
        if (id != null) {
            out.u16(id);
        }
        writeProps(out, version);
        out.raw(payload);
    }
}
