// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.http;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Puts a text of a client where it stays a text, whatever stands in it. */
enum Escape {
    /** Into a URL or a form: everything but letters, digits and {@code - . _ ~} as {@code %XX}. */
    PERCENT {
        @Override
        String apply(String text) {
            StringBuilder out = new StringBuilder(text.length() + 16);
            for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
                char c = (char) (b & 0xFF);
                boolean plain = (c >= 'a' && c <= 'z')
                        || (c >= 'A' && c <= 'Z')
                        || (c >= '0' && c <= '9')
                        || "-._~".indexOf(c) >= 0;
                if (plain) {
                    out.append(c);
                } else {
                    out.append('%').append(HEX.toHexDigits(b));
                }
            }
            return out.toString();
        }
    },
    /** Between the quotes of a JSON string. */
    JSON {
        @Override
        String apply(String text) {
            return new String(JsonStringEncoder.getInstance().quoteAsString(text));
        }
    };

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    abstract String apply(String text);
}
