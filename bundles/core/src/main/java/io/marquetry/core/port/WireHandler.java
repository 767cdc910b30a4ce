// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.port;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The broker's end of a {@link Wire}. Every method is called on the wire's loop.
 *
 * @since 1.0
 */
@ProviderType
public interface WireHandler {
    /**
     * Takes bytes from the peer.
     *
     * @param in takes what it can use by moving the reader index; the wire keeps the rest and brings it again, in front
     *     of what comes next. The buffer is the wire's and must not be kept.
     */
    void onBytes(ByteBuf in);

    /**
     * How many bytes the packet that begins at the reader index has, so that the wire can keep room for it.
     *
     * @return the length with the fixed header, or -1 when it cannot be told yet
     */
    int bytesWanted(ByteBuf in);

    /** A turn's output, or a part of what waited, went to the kernel; {@link Wire#pendingBytes} says what is left. */
    void onFlushed();

    /**
     * The connection is gone. Called once, whoever closed it.
     *
     * @param reason the name under which it counts when the peer closed it or the transport had to, for example
     *     {@code tcp_closed}, {@code ssl_closed}, {@code unexpected_ws_frame}
     * @param cause what the transport saw, or null when the peer or we closed in order
     */
    void onClosed(String reason, @Nullable Throwable cause);
}
