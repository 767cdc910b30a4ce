// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

/** Why a connection is not read for a while; each reason is a bit. */
final class Pause {
    static final int CONNECTING = 1;
    static final int SUBSCRIBING = 2;
    /** Too many bytes of its client's messages wait. */
    static final int HELD = 4;
    /** The mailbox of a loop that gets its messages is full. */
    static final int CROWDED = 8;
    /** It is over a rate. */
    static final int THROTTLED = 16;
    /** The node has too much in memory. */
    static final int BUSY = 32;
    /** Too much waits to be committed. */
    static final int STORE = 64;
    /** Too many acknowledgements for its client wait. */
    static final int ACKS = 128;

    private Pause() {}
}
