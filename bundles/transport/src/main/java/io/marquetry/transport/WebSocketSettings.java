// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.config.Keys;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a WebSocket listener asks of an upgrade, and of frames.
 *
 * @param path the path of the request
 * @param subprotocols those that are spoken
 * @param needsSubprotocol whether a client must offer one of them
 * @param origins where pages may come from, in lower case; empty is anywhere
 * @param allowsNoOrigin whether a client may come that says nothing of an origin, as those that are no browser
 * @param compress whether {@code permessage-deflate} is granted
 * @param maxFrameBytes how long a frame may be
 */
record WebSocketSettings(
        String path,
        List<String> subprotocols,
        boolean needsSubprotocol,
        List<String> origins,
        boolean allowsNoOrigin,
        boolean compress,
        int maxFrameBytes) {
    static WebSocketSettings read(Keys keys) {
        String path = keys.string("path", "/mqtt");
        if (!path.startsWith("/") || path.contains("?")) {
            keys.problem("path", path, "a path that begins with /, such as /mqtt");
        }
        return new WebSocketSettings(
                path,
                words(keys.string("supportedSubprotocols", "mqtt, mqttv3.1, mqtt-v3, mqtt-v3.1.1, mqtt-v5")),
                keys.flag("failIfNoSubprotocol", true),
                words(keys.string("checkOrigins", "").toLowerCase(Locale.ROOT)),
                keys.flag("allowOriginAbsence", true),
                keys.flag("compress", false),
                (int) keys.size("maxFrameBytes", 16 << 20, 1024, 256 << 20));
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::trim)
                .filter(word -> !word.isEmpty())
                .toList();
    }
}
