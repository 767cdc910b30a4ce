// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.sys;

import java.nio.charset.StandardCharsets;

/** Writes one flat or nested JSON object, key by key. */
final class Json {
    private final StringBuilder out = new StringBuilder("{");
    private boolean first = true;

    Json with(String key, String value) {
        key(key);
        quote(value);
        return this;
    }

    Json with(String key, long value) {
        key(key);
        out.append(value);
        return this;
    }

    Json with(String key, boolean value) {
        key(key);
        out.append(value);
        return this;
    }

    Json with(String key, Json value) {
        key(key);
        out.append(value.text());
        return this;
    }

    String text() {
        return out + "}";
    }

    byte[] bytes() {
        return text().getBytes(StandardCharsets.UTF_8);
    }

    private void key(String key) {
        if (!first) {
            out.append(',');
        }
        first = false;
        quote(key);
        out.append(':');
    }

    private void quote(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c == 0x7F) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
