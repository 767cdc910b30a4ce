// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.codec.PacketSink;

/** Who takes the packets of a connection: {@link Connecting} until CONNACK, {@link LiveClient} from then on. */
sealed interface Phase extends PacketSink permits Connecting, LiveClient {
    /** Bytes of the client's messages that are held. */
    long heldBytes();

    /** The socket takes more. */
    void writable();

    /**
     * The connection has ended; called once, on whoever takes the packets then.
     *
     * @param label the name it is counted under
     */
    void closed(String label);
}
