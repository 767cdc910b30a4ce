// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.port;

import io.marquetry.api.client.PeerCertificate;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * One connection as the broker sees it: bytes out, and the few things that can be done to a socket. A transport makes
 * one for each channel. Every method is called on {@link #loop()}'s thread unless it says otherwise.
 *
 * @since 1.0
 */
@ConsumerType
public interface Wire {
    /** The loop that owns the connection now; changes only by {@link #moveTo}. Callable from any thread. */
    Loop loop();

    /** The listener that accepted it. Callable from any thread. */
    Entrance entrance();

    /**
     * Where the client is, as a trusted proxy tells if there is one; null when the transport has no addresses. Callable
     * from any thread.
     */
    @Nullable
    InetSocketAddress remoteAddress();

    /** Where it reached us, or null when the transport has no addresses. Callable from any thread. */
    @Nullable
    InetSocketAddress localAddress();

    /** The certificate that the client presented, or null. Callable from any thread. */
    @Nullable
    PeerCertificate certificate();

    /**
     * The output buffer of this turn, with room for some more bytes. What is written to it leaves in one write when the
     * loop's turn ends, or earlier when much has gathered.
     *
     * @param bytes how many bytes the caller is about to write, at most 64 KiB
     */
    ByteBuf output(int bytes);

    /**
     * Sends bytes by reference, after what was written to {@link #output} so far.
     *
     * @param bytes a direct buffer; the wire takes over one reference
     */
    void outputShared(ByteBuf bytes);

    /** Bytes that are not yet with the kernel, this turn's included. */
    long pendingBytes();

    /** Bytes handed to the kernel since the connection began; grows as long as the peer takes any. */
    long sentBytes();

    /** Stops handing over bytes; what arrives stays in the kernel, what was read stays with the wire. */
    void pause();

    /** Goes on handing over bytes, in a later turn, beginning with those that were read already. */
    void resume();

    /**
     * Makes another loop the owner. Until then nothing is handed over and nothing may be written.
     *
     * @param target the new owner
     * @param arrived called on the new owner's thread; the wire is paused then
     */
    void moveTo(Loop target, Runnable arrived);

    /** Closes once what was written has left, or after a short time when the peer does not take it. */
    void close();

    /**
     * Closes after the peer has said goodbye: what was written is sent if the kernel takes it now, nobody waits for it.
     */
    void hangUp();

    /** Closes at once. */
    void abort();
}
