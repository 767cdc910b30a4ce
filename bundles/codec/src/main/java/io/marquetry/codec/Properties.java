// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.marquetry.api.mqtt.UserProperty;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The properties of one MQTT 5 packet; immutable, empty for older versions. Numbers are longs, text is a string, binary
 * data an array that belongs to the packet.
 *
 * @since 1.0
 */
public final class Properties {
    /** No properties. */
    public static final Properties NONE = new Properties(Map.of(), List.of(), List.of());

    private final Map<Property, Object> values;
    private final List<UserProperty> userProperties;
    private final List<Integer> subscriptionIdentifiers;

    private Properties(
            Map<Property, Object> values, List<UserProperty> userProperties, List<Integer> subscriptionIdentifiers) {
        this.values = values;
        this.userProperties = userProperties;
        this.subscriptionIdentifiers = subscriptionIdentifiers;
    }

    /**
     * Reads properties that a decoder has checked before.
     *
     * @param section as they lie in a packet, without the length in front
     */
    public static Properties read(byte[] section) {
        return section.length == 0 ? NONE : PropertiesReader.read(Unpooled.wrappedBuffer(section), 0, section.length);
    }

    /** Whether there are none. */
    public boolean isEmpty() {
        return values.isEmpty() && userProperties.isEmpty() && subscriptionIdentifiers.isEmpty();
    }

    /** Whether a property other than the repeatable ones is present. */
    public boolean has(Property property) {
        return values.containsKey(property);
    }

    /** A number, or {@code fallback} when the property is absent. */
    public long number(Property property, long fallback) {
        Object value = values.get(property);
        return value == null ? fallback : (Long) value;
    }

    /** A text, or null when the property is absent. */
    public @Nullable String text(Property property) {
        return (String) values.get(property);
    }

    /** Binary data, or null when the property is absent. */
    public byte @Nullable [] binary(Property property) {
        return (byte[]) values.get(property);
    }

    /** The user properties, in order. */
    public List<UserProperty> userProperties() {
        return userProperties;
    }

    /** The subscription identifiers, in order; several only in a PUBLISH from the broker. */
    public List<Integer> subscriptionIdentifiers() {
        return subscriptionIdentifiers;
    }

    /** The values by property, without the repeatable ones. */
    Map<Property, Object> values() {
        return values;
    }

    /** These properties without one of them; {@link Property#USER_PROPERTY} removes all user properties. */
    public Properties without(Property property) {
        Builder builder = toBuilder();
        builder.values.remove(property);
        if (property == Property.USER_PROPERTY) {
            builder.userProperties.clear();
        }
        return builder.build();
    }

    /** A builder that starts with these properties. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.values.putAll(values);
        builder.userProperties.addAll(userProperties);
        builder.subscriptionIdentifiers.addAll(subscriptionIdentifiers);
        return builder;
    }

    /** A builder that starts empty. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public String toString() {
        return "Properties" + values + userProperties + subscriptionIdentifiers;
    }

    /**
     * Collects properties.
     *
     * @since 1.0
     */
    public static final class Builder {
        private final Map<Property, Object> values = new EnumMap<>(Property.class);
        private final List<UserProperty> userProperties = new ArrayList<>(0);
        private final List<Integer> subscriptionIdentifiers = new ArrayList<>(0);

        private Builder() {}

        /**
         * Adds a number.
         *
         * @throws IllegalArgumentException when the property is not a number or has too few bytes for this one
         */
        public Builder with(Property property, long value) {
            long most = switch (property.type()) {
                case BYTE -> 0xFFL;
                case TWO_BYTES -> 0xFFFFL;
                case FOUR_BYTES -> 0xFFFF_FFFFL;
                case VARIABLE, STRING, BINARY, STRING_PAIR -> -1;
            };
            if (value < 0 || value > most) {
                throw new IllegalArgumentException(
                        "expected " + property + " of " + property.type() + ", got " + value);
            }
            values.put(property, value);
            return this;
        }

        /**
         * Adds a text; null adds nothing.
         *
         * @throws IllegalArgumentException when the property is not a text
         */
        public Builder with(Property property, @Nullable String value) {
            return with(property, Property.Type.STRING, value);
        }

        /**
         * Adds binary data; null adds nothing.
         *
         * @throws IllegalArgumentException when the property is not binary data
         */
        public Builder with(Property property, byte @Nullable [] value) {
            return with(property, Property.Type.BINARY, value);
        }

        /** Adds a user property. */
        public Builder with(UserProperty property) {
            userProperties.add(property);
            return this;
        }

        /**
         * Adds a subscription identifier.
         *
         * @throws IllegalArgumentException when it is not 1 to 268,435,455
         */
        public Builder withSubscriptionIdentifier(int identifier) {
            if (identifier < 1 || identifier > Varint.MAX) {
                throw new IllegalArgumentException(
                        "expected a subscription identifier of 1 to " + Varint.MAX + ", got " + identifier);
            }
            subscriptionIdentifiers.add(identifier);
            return this;
        }

        private Builder with(Property property, Property.Type type, @Nullable Object value) {
            if (property.type() != type) {
                throw new IllegalArgumentException("expected a property of " + type + ", got " + property);
            }
            if (value != null) {
                values.put(property, value);
            }
            return this;
        }

        /** The properties so far. */
        public Properties build() {
            if (values.isEmpty() && userProperties.isEmpty() && subscriptionIdentifiers.isEmpty()) {
                return NONE;
            }
            return new Properties(
                    new EnumMap<>(values), List.copyOf(userProperties), List.copyOf(subscriptionIdentifiers));
        }
    }
}
