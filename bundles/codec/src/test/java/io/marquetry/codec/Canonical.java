// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import java.lang.reflect.RecordComponent;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Packets as text that is equal when they are, whatever arrays and lists they hold; every component of a record counts.
 */
final class Canonical {
    private Canonical() {}

    static String of(Object value) {
        StringBuilder text = new StringBuilder();
        append(text, value);
        return text.toString();
    }

    private static void append(StringBuilder text, Object value) {
        if (value instanceof byte[] octets) {
            text.append(HexFormat.of().formatHex(octets));
        } else if (value instanceof List<?> elements) {
            text.append('[');
            for (Object element : elements) {
                append(text, element);
                text.append(';');
            }
            text.append(']');
        } else if (value instanceof Properties properties) {
            for (Map.Entry<Property, Object> entry : properties.values().entrySet()) {
                text.append(entry.getKey()).append('=');
                append(text, entry.getValue());
                text.append(';');
            }
            append(text, properties.userProperties());
            append(text, properties.subscriptionIdentifiers());
        } else if (value instanceof Record) {
            text.append(value.getClass().getSimpleName()).append('(');
            for (RecordComponent component : value.getClass().getRecordComponents()) {
                text.append(component.getName()).append('=');
                try {
                    component.getAccessor().setAccessible(true);
                    append(text, component.getAccessor().invoke(value));
                } catch (ReflectiveOperationException e) {
                    throw new LinkageError(e.getMessage(), e);
                }
                text.append(',');
            }
            text.append(')');
        } else {
            text.append(value);
        }
    }
}
