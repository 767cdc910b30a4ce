// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.port;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Where connections enter the broker. Registered as an OSGi service once the broker is ready to serve, so a listener
 * that needs it cannot open earlier. Its property {@code ready} is set when those that waited for it have been told, so
 * that a script that starts the broker knows when to go on. Callable from any thread.
 *
 * @since 1.0
 */
@ProviderType
public interface Door {
    /** The loops to register channels with. */
    List<Loop> loops();

    /**
     * Takes a new connection in. Called on the wire's loop.
     *
     * @return the broker's end
     */
    WireHandler open(Wire wire);

    /** Whether clients need no credentials, that is, no authenticator is there and nobody asked for one. */
    boolean anonymousAccess();

    /**
     * Ends every connection that came by a listener, because it stops: wills are published, then MQTT 5 clients are
     * told 0x8B Server shutting down. Sessions live on as their clients asked.
     *
     * @param listener the listener, {@code type:name}
     * @return completes when everyone was told
     */
    CompletionStage<?> endConnections(String listener);

    /**
     * The counts of a listener.
     *
     * @param listener the listener, {@code type:name}
     */
    Tally tally(String listener);
}
