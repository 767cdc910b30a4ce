// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * The properties of one packet, in their order, repetitions included. A test may build what the specification forbids:
 * a property twice, in the wrong packet, or an identifier nobody knows.
 */
public final class Props {
    private record Entry(int id, Object value) {}

    private final List<Entry> entries = new ArrayList<>();

    /** No properties. */
    public static Props none() {
        return new Props();
    }

    /** One property; more follow with {@link #and}. */
    public static Props with(Property property, Object value) {
        return new Props().and(property, value);
    }

    /** One user property. */
    public static Props user(String name, String value) {
        return with(Property.USER, Map.entry(name, value));
    }

    /**
     * Appends a property.
     *
     * @param value an {@code Integer} or {@code Long}, a {@code String}, a {@code byte[]} (also in place of a text, to
     *     send one that is not UTF-8), or an entry of two strings, as the property's type wants
     */
    public Props and(Property property, Object value) {
        entries.add(new Entry(property.id(), value));
        return this;
    }

    /** Appends a user property. */
    public Props andUser(String name, String value) {
        return and(Property.USER, Map.entry(name, value));
    }

    /** Appends an identifier with the bytes of its value, whether the specification knows it or not. */
    public Props andRaw(int id, byte... value) {
        entries.add(new Entry(id, new Raw(value)));
        return this;
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Raw(byte[] bytes) {}

    /** Whether the packet has this property. */
    public boolean has(Property property) {
        return entries.stream().anyMatch(entry -> entry.id == property.id());
    }

    /** Whether the packet has no property at all. */
    public boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Every value of this property, in order. */
    public List<Object> all(Property property) {
        return entries.stream()
                .filter(entry -> entry.id == property.id())
                .map(Entry::value)
                .toList();
    }

    /** The value of a property of an integer type. */
    public Optional<Long> number(Property property) {
        return all(property).stream().map(Long.class::cast).findFirst();
    }

    /** The value of a property of text type. */
    public Optional<String> text(Property property) {
        return all(property).stream().map(String.class::cast).findFirst();
    }

    /** The value of a property of binary type. */
    public byte[] binary(Property property) {
        return all(property).stream()
                .map(byte[].class::cast)
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException(property + " is not among " + this));
    }

    /** The user properties, each as {@code name=value}, in order. */
    public List<String> users() {
        return all(Property.USER).stream().map(Object::toString).toList();
    }

    /** Appends the properties with their length, as they stand in a packet. */
    void writeTo(Bytes out) {
        Bytes body = Bytes.bytes();
        for (Entry entry : entries) {
            if (entry.value instanceof Raw raw) {
                body.u8(entry.id).raw(raw.bytes);
            } else {
                write(body, Property.byId(entry.id).orElseThrow(), entry.value);
            }
        }
        byte[] bytes = body.toArray();
        out.varint(bytes.length).raw(bytes);
    }

    private static void write(Bytes out, Property property, Object value) {
        out.u8(property.id());
        switch (property.type()) {
            case BYTE -> out.u8(((Number) value).intValue());
            case TWO_BYTES -> out.u16(((Number) value).intValue());
            case FOUR_BYTES -> out.u32(((Number) value).longValue());
            case VARINT -> out.varint(((Number) value).intValue());
            case TEXT, BINARY -> out.binary(binaryOf(value));
            case PAIR -> {
                Map.Entry<?, ?> pair = (Map.Entry<?, ?>) value;
                out.binary(binaryOf(pair.getKey())).binary(binaryOf(pair.getValue()));
            }
        }
    }

    private static byte[] binaryOf(Object value) {
        return value instanceof byte[] bytes ? bytes : ((String) value).getBytes(StandardCharsets.UTF_8);
    }

    /** Reads the properties of a packet of the broker and refuses what section 2.2.2 does not allow. */
    static Props read(FrameBody in) {
        FrameBody body = in.slice(in.varint());
        Props props = new Props();
        while (body.hasMore()) {
            int id = body.varint();
            Property property = Property.byId(id)
                    .orElseThrow(() -> new AssertionError("The broker sent an unknown property 0x%02X".formatted(id)));
            if (props.has(property) && property != Property.USER && property != Property.SUBSCRIPTION_ID) {
                throw new AssertionError("The broker sent " + property + " twice");
            }
            props.and(property, read(body, property));
        }
        return props;
    }

    private static Object read(FrameBody body, Property property) {
        return switch (property.type()) {
            case BYTE -> (long) body.u8();
            case TWO_BYTES -> (long) body.u16();
            case FOUR_BYTES -> body.u32();
            case VARINT -> (long) body.varint();
            case TEXT -> body.text();
            case BINARY -> body.binary();
            case PAIR -> Map.entry(body.text(), body.text());
        };
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        for (Entry entry : entries) {
            text.append(text.length() > 1 ? ", " : "")
                    .append(Property.byId(entry.id).map(Enum::name).orElse(Integer.toHexString(entry.id)))
                    .append('=')
                    .append(
                            entry.value instanceof byte[] bytes
                                    ? "0x" + java.util.HexFormat.of().formatHex(bytes)
                                    : entry.value);
        }
        return text.append('}').toString();
    }
}
