// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.message;

import io.marquetry.codec.PacketEncoder;
import io.marquetry.codec.PublishView;
import io.marquetry.core.internal.store.Part;
import io.marquetry.core.port.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One message on its way out, as PUBLISH packets. Subscribers of the same protocol and with or without a packet
 * identifier get the same bytes but for the first byte and the identifier, so each such form is encoded once, when the
 * first subscriber needs it, and copied into the output buffer of every other. Payloads of long packets are not copied
 * but shared by reference.
 *
 * <p>One object serves a loop for ever: {@link #begin} points it at the next message, {@link #end} lets go.
 */
public final class Frames implements HasTopic {
    /** Packets up to this length are copied, longer ones share their tail. Settled by benchmark, see decision 0003. */
    static final int COPY_BELOW = 4096;

    private static final byte[] NO_BYTES = {};

    private static final class Form {
        final ByteBuf head = Unpooled.directBuffer(512);

        @Nullable
        ByteBuf tail;

        int identifierAt;
        int remaining;
        int length;
        boolean ready;
    }

    private final ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
    private final Form[] forms = {new Form(), new Form(), new Form(), new Form()};
    private final ByteBuf viewProperties = Unpooled.directBuffer(64);
    private @Nullable PublishView view;
    private @Nullable Publication publication;
    private byte[] topic = NO_BYTES;
    private int viewTopicLength;
    private long expiresAt;
    private long now;
    private @Nullable Part part;

    /**
     * Points at a message that still lies in the read buffer; valid until {@link #end}.
     *
     * @param topicBytes begins with its topic name, which a topic alias may have replaced
     * @param topicLength the topic name's length
     * @param now milliseconds of the broker's clock; not looked at when the message never expires
     * @param mostSeconds the longest life of a message, in seconds; 0 is no bound
     */
    public void begin(PublishView source, byte[] topicBytes, int topicLength, long now, long mostSeconds) {
        end();
        this.view = source;
        this.publication = null;
        this.topic = topicBytes;
        this.viewTopicLength = topicLength;
        this.now = now;
        this.expiresAt = Publication.expiresAt(source.messageExpirySeconds(), now, mostSeconds);
        viewProperties.clear();
        if (source.propertiesLength() > 0) {
            source.writeForwardedProperties(viewProperties);
        }
    }

    /**
     * Points at a message that has a copy of its own; valid until {@link #end}, or until a message of another kind.
     *
     * @param now milliseconds of the broker's clock; not looked at when the message never expires
     */
    public void begin(Publication source, long now) {
        if (publication == source && expiresAt == Publication.NEVER) {
            return; // the same one again, as when a shared queue drains: its forms still hold
        }
        end();
        this.view = null;
        this.publication = source;
        this.now = now;
        this.expiresAt = source.expiresAt();
    }

    /** Lets go of the message. */
    public void end() {
        view = null;
        part = null;
        publication = null;
        for (Form form : forms) {
            form.ready = false;
            if (form.tail != null) {
                form.tail.release();
                form.tail = null;
            }
        }
    }

    /** Gives its buffers back; it serves no loop any more. */
    public void close() {
        end();
        for (Form form : forms) {
            form.head.release();
        }
        viewProperties.release();
    }

    /** Durable sessions leave here what they keep of the message, instead of in the journal; else null. */
    public @Nullable Part part() {
        return part;
    }

    /** Where durable sessions leave what they keep; until {@link #end}. */
    public void part(@Nullable Part its) {
        part = its;
    }

    /** The quality of service it was published with. */
    public int qos() {
        return view != null ? view.qos() : publication().qos();
    }

    /** The RETAIN flag it was published with. */
    public boolean retain() {
        return view != null ? view.retain() : publication().retain();
    }

    @Override
    public int topicHash() {
        return view != null
                ? HasTopic.hash(topic, viewTopicLength)
                : publication().topicHash();
    }

    /** The message with bytes of its own, made once. */
    public Publication publication() {
        if (publication == null) {
            if (view == null) {
                throw new IllegalStateException("expected begin() before publication()");
            }
            publication = Publication.of(
                    topic,
                    viewTopicLength,
                    viewProperties,
                    view.buffer(),
                    view.payloadStart(),
                    view.payloadLength(),
                    view.qos(),
                    view.retain(),
                    expiresAt);
        }
        return publication;
    }

    /** The length of the topic name in bytes. */
    public int topicLength() {
        return view != null ? viewTopicLength : publication().topicLength();
    }

    /** Whether the topic name begins with these bytes and goes on. */
    public boolean isBelow(byte[] prefix) {
        byte[] name = view != null ? topic : publication().bytes();
        return topicLength() > prefix.length && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length);
    }

    /**
     * The length of the packet in bytes, without topic alias and subscription identifiers.
     *
     * @param skip how many bytes of the topic name are left out in front
     */
    public int length(boolean v5, boolean withIdentifier, int skip) {
        Form form = form(v5, withIdentifier);
        return skip == 0 ? form.length : packetLength(form.remaining - skip);
    }

    /**
     * Writes the packet into a connection's output.
     *
     * @param packetId the packet identifier; not used with QoS 0
     * @return the length in bytes
     */
    public int write(Wire wire, boolean v5, int qos, boolean retain, boolean dup, int packetId) {
        Form form = form(v5, qos > 0);
        int headLength = form.head.writerIndex();
        ByteBuf out = wire.output(headLength);
        int at = out.writerIndex();
        out.writeBytes(form.head, 0, headLength);
        out.setByte(at, firstByte(qos, retain, dup));
        if (qos > 0) {
            out.setShort(at + form.identifierAt, packetId);
        }
        if (form.tail != null) {
            wire.outputShared(form.tail.retainedDuplicate());
        }
        return form.length;
    }

    /**
     * As {@link #write}, for a subscriber that sees a shorter topic name; what follows the name is shared all the same.
     *
     * @param skip how many bytes of the topic name are left out in front
     */
    public int writeWithout(int skip, Wire wire, boolean v5, int qos, boolean retain, boolean dup, int packetId) {
        Form form = form(v5, qos > 0);
        int remaining = form.remaining - skip;
        int nameAt = form.identifierAt - topicLength() + skip;
        int restAt = form.identifierAt + (qos > 0 ? 2 : 0);
        ByteBuf out = wire.output(1 + 4 + 2 + form.head.writerIndex() - nameAt);
        out.writeByte(firstByte(qos, retain, dup));
        PacketEncoder.writeVarint(out, remaining);
        out.writeShort(form.identifierAt - nameAt);
        out.writeBytes(form.head, nameAt, form.identifierAt - nameAt);
        if (qos > 0) {
            out.writeShort(packetId);
        }
        out.writeBytes(form.head, restAt, form.head.writerIndex() - restAt);
        if (form.tail != null) {
            wire.outputShared(form.tail.retainedDuplicate());
        }
        return packetLength(remaining);
    }

    /**
     * The length of the packet when it is written by {@link #writeWith}.
     *
     * @param alias a topic alias, or 0
     * @param skip how many bytes of the topic name are left out in front; all of them when the alias stands for it
     */
    public int lengthWith(int qos, int @Nullable [] subscriptionIds, int alias, int skip) {
        return packetLength(remainingWith(qos, subscriptionIds, alias, skip));
    }

    /**
     * Writes an MQTT 5 packet that is this subscriber's alone, with subscription identifiers or a topic alias.
     *
     * @param alias a topic alias, or 0
     * @param skip how many bytes of the topic name are left out in front; all of them when the alias stands for it
     */
    public int writeWith(
            Wire wire,
            int qos,
            boolean retain,
            boolean dup,
            int packetId,
            int @Nullable [] subscriptionIds,
            int alias,
            int skip) {
        int remaining = remainingWith(qos, subscriptionIds, alias, skip);
        int length = packetLength(remaining);
        boolean copy = length <= COPY_BELOW;
        int topicLength = topicLength() - skip;
        int propertiesLength = propertiesWith(subscriptionIds, alias);
        int room = copy ? length : 16 + topicLength + propertiesLength;
        ByteBuf out = wire.output(room);
        out.writeByte(firstByte(qos, retain, dup));
        PacketEncoder.writeVarint(out, remaining);
        out.writeShort(topicLength);
        writeTopic(out, skip);
        if (qos > 0) {
            out.writeShort(packetId);
        }
        PacketEncoder.writeVarint(out, propertiesLength);
        writeExpiry(out);
        if (alias > 0) {
            out.writeByte(0x23);
            out.writeShort(alias);
        }
        if (subscriptionIds != null) {
            for (int id : subscriptionIds) {
                out.writeByte(0x0B);
                PacketEncoder.writeVarint(out, id);
            }
        }
        writeProperties(out);
        if (copy) {
            writePayload(out);
        } else {
            ByteBuf payload = allocator.directBuffer(payloadLength());
            writePayload(payload);
            wire.outputShared(payload);
        }
        return length;
    }

    private static int packetLength(int remaining) {
        return 1 + PacketEncoder.varintLength(remaining) + remaining;
    }

    private static int firstByte(int qos, boolean retain, boolean dup) {
        return 0x30 | (dup ? 8 : 0) | qos << 1 | (retain ? 1 : 0);
    }

    private Form form(boolean v5, boolean withIdentifier) {
        Form form = forms[(v5 ? 2 : 0) + (withIdentifier ? 1 : 0)];
        if (!form.ready) {
            encode(form, v5, withIdentifier);
        }
        return form;
    }

    private void encode(Form form, boolean v5, boolean withIdentifier) {
        int properties = v5 ? expiryLength() + propertiesLength() : 0;
        int payload = payloadLength();
        int remaining = 2 + topicLength() + (withIdentifier ? 2 : 0) + payload;
        if (v5) {
            remaining += PacketEncoder.varintLength(properties) + properties;
        }
        ByteBuf head = form.head.clear();
        head.writeByte(0);
        PacketEncoder.writeVarint(head, remaining);
        head.writeShort(topicLength());
        writeTopic(head, 0);
        form.identifierAt = head.writerIndex();
        if (withIdentifier) {
            head.writeShort(0);
        }
        form.remaining = remaining;
        form.length = packetLength(remaining);
        ByteBuf rest = head;
        if (form.length > COPY_BELOW) {
            rest = allocator.directBuffer(properties + payload + 5);
            form.tail = rest;
        }
        if (v5) {
            PacketEncoder.writeVarint(rest, properties);
            writeExpiry(rest);
            writeProperties(rest);
        }
        writePayload(rest);
        form.ready = true;
    }

    private int remainingWith(int qos, int @Nullable [] subscriptionIds, int alias, int skip) {
        int properties = propertiesWith(subscriptionIds, alias);
        return 2
                + topicLength()
                - skip
                + (qos > 0 ? 2 : 0)
                + PacketEncoder.varintLength(properties)
                + properties
                + payloadLength();
    }

    private int propertiesWith(int @Nullable [] subscriptionIds, int alias) {
        int length = expiryLength() + propertiesLength() + (alias > 0 ? 3 : 0);
        if (subscriptionIds != null) {
            for (int id : subscriptionIds) {
                length += 1 + PacketEncoder.varintLength(id);
            }
        }
        return length;
    }

    private int expiryLength() {
        return expiresAt == Publication.NEVER ? 0 : 5;
    }

    /** [MQTT-3.3.2-6]: the value received, less the time that the message has waited here. */
    private void writeExpiry(ByteBuf out) {
        if (expiresAt != Publication.NEVER) {
            out.writeByte(0x02);
            out.writeInt((int) Math.max(0, (expiresAt - now + 999) / 1000));
        }
    }

    private int propertiesLength() {
        return view != null ? viewProperties.readableBytes() : publication().propertiesLength();
    }

    private int payloadLength() {
        return view != null ? view.payloadLength() : publication().payloadLength();
    }

    private void writeTopic(ByteBuf out, int skip) {
        out.writeBytes(view != null ? topic : publication().bytes(), skip, topicLength() - skip);
    }

    private void writeProperties(ByteBuf out) {
        if (view != null) {
            out.writeBytes(viewProperties, viewProperties.readerIndex(), viewProperties.readableBytes());
        } else {
            out.writeBytes(publication().bytes(), topicLength(), propertiesLength());
        }
    }

    private void writePayload(ByteBuf out) {
        if (view != null) {
            out.writeBytes(view.buffer(), view.payloadStart(), view.payloadLength());
        } else {
            out.writeBytes(publication().bytes(), topicLength() + propertiesLength(), payloadLength());
        }
    }
}
