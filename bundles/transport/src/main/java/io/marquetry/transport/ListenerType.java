// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import java.util.Locale;

/** What a listener speaks below MQTT. */
enum ListenerType {
    TCP(1883, false, false),
    SSL(8883, true, false),
    WS(8083, false, true),
    WSS(8084, true, true);

    static final String PID = "io.marquetry.transport.";

    private final int port;
    private final boolean encrypted;
    private final boolean webSocket;

    ListenerType(int port, boolean encrypted, boolean webSocket) {
        this.port = port;
        this.encrypted = encrypted;
        this.webSocket = webSocket;
    }

    /** The port where one is expected. */
    int port() {
        return port;
    }

    boolean isEncrypted() {
        return encrypted;
    }

    boolean isWebSocket() {
        return webSocket;
    }

    /** As it stands in PIDs and in the names of listeners. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** How a connection counts that its peer just closed. */
    String closedReason() {
        return encrypted ? "ssl_closed" : "tcp_closed";
    }
}
