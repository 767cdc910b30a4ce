// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import org.jspecify.annotations.Nullable;

/**
 * A packet that a test sends. Each kind writes what the specification wants unless told otherwise, and every part can
 * be told otherwise. Not thread-safe.
 *
 * @param <T> the kind, so that calls chain
 */
public abstract class Outgoing<T extends Outgoing<T>> {
    private @Nullable Integer firstByte;
    private byte @Nullable [] remainingLength;
    private byte[] surplus = {};
    private @Nullable Props properties;

    Outgoing() {}

    /** Sets the properties; only MQTT 5 writes them. */
    public final T props(Props value) {
        properties = value;
        return self();
    }

    /** Replaces type and flags. */
    public final T firstByte(int value) {
        firstByte = value;
        return self();
    }

    /** Replaces the low four bits of the first byte when the packet is encoded. */
    public final T flags(int value) {
        return firstByte((usualFirstByte() & 0xF0) | value);
    }

    /** Replaces the Remaining Length field by these bytes, whatever the length really is. */
    public final T remainingLength(byte... value) {
        remainingLength = value;
        return self();
    }

    /** Appends bytes to the payload; the Remaining Length counts them. */
    public final T surplus(byte... value) {
        surplus = value;
        return self();
    }

    /** The packet as it goes onto the wire. */
    public final byte[] encode(Version version) {
        Bytes body = Bytes.bytes();
        writeBody(body, version);
        byte[] rest = body.raw(surplus).toArray();
        Bytes packet = Bytes.bytes().u8(firstByte != null ? firstByte : usualFirstByte());
        if (remainingLength != null) {
            packet.raw(remainingLength);
        } else {
            packet.varint(rest.length);
        }
        return packet.raw(rest).toArray();
    }

    abstract int usualFirstByte();

    abstract void writeBody(Bytes out, Version version);

    final boolean hasProps() {
        return properties != null;
    }

    final void writeProps(Bytes out, Version version) {
        if (version.hasProperties()) {
            (properties != null ? properties : Props.none()).writeTo(out);
        }
    }

    @SuppressWarnings("unchecked")
    final T self() {
        return (T) this;
    }
}
