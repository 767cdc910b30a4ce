// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.marquetry.api.mqtt.UserProperty;
import io.netty.buffer.ByteBuf;
import java.util.Map;

/** Measures and writes properties. */
final class PropertiesWriter {
    private PropertiesWriter() {}

    /** The bytes of the properties without their length in front. */
    static int length(Properties properties) {
        if (properties.isEmpty()) {
            return 0;
        }
        int length = 0;
        for (Map.Entry<Property, Object> entry : properties.values().entrySet()) {
            length += 1 + valueLength(entry.getKey(), entry.getValue());
        }
        for (int identifier : properties.subscriptionIdentifiers()) {
            length += 1 + Varint.length(identifier);
        }
        for (UserProperty property : properties.userProperties()) {
            length += 1 + PacketEncoder.stringLength(property.name()) + PacketEncoder.stringLength(property.value());
        }
        return length;
    }

    /** The bytes of the properties with their length in front. */
    static int sectionLength(Properties properties) {
        int length = length(properties);
        return Varint.length(length) + length;
    }

    /** Writes the properties with their length in front. */
    static void writeSection(ByteBuf out, Properties properties) {
        Varint.write(out, length(properties));
        if (properties.isEmpty()) {
            return;
        }
        for (Map.Entry<Property, Object> entry : properties.values().entrySet()) {
            out.writeByte(entry.getKey().id());
            writeValue(out, entry.getKey(), entry.getValue());
        }
        for (int identifier : properties.subscriptionIdentifiers()) {
            out.writeByte(Property.SUBSCRIPTION_IDENTIFIER.id());
            Varint.write(out, identifier);
        }
        for (UserProperty property : properties.userProperties()) {
            out.writeByte(Property.USER_PROPERTY.id());
            PacketEncoder.writeString(out, property.name());
            PacketEncoder.writeString(out, property.value());
        }
    }

    private static int valueLength(Property property, Object value) {
        return switch (property.type()) {
            case BYTE -> 1;
            case TWO_BYTES -> 2;
            case FOUR_BYTES -> 4;
            case STRING -> PacketEncoder.stringLength((String) value);
            case BINARY -> PacketEncoder.binaryLength((byte[]) value);
            case VARIABLE, STRING_PAIR -> throw repeatable(property);
        };
    }

    private static void writeValue(ByteBuf out, Property property, Object value) {
        switch (property.type()) {
            case BYTE -> out.writeByte((int) (long) (Long) value);
            case TWO_BYTES -> out.writeShort((int) (long) (Long) value);
            case FOUR_BYTES -> out.writeInt((int) (long) (Long) value);
            case STRING -> PacketEncoder.writeString(out, (String) value);
            case BINARY -> PacketEncoder.writeBinary(out, (byte[]) value);
            case VARIABLE, STRING_PAIR -> throw repeatable(property);
        }
    }

    private static IllegalArgumentException repeatable(Property property) {
        return new IllegalArgumentException("expected " + property + " in the list of its own");
    }
}
