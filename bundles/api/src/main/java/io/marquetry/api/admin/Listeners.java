// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The listeners of this broker. Registered by the transport as an OSGi service; callable from any thread.
 *
 * <p>What is started or stopped here stays so until the listener's configuration changes or the broker starts anew;
 * {@code enabled} in the configuration lasts.
 *
 * @since 1.0
 */
@ProviderType
public interface Listeners {
    /** Every listener that is configured, running or not, by its name. */
    List<ListenerInfo> list();

    /**
     * Opens a listener; one that is open already stays as it is.
     *
     * @param id its name, {@code type:name}
     * @return completes with the listener as it is then, {@link ListenerInfo#problem} saying why it could not be
     *     opened; fails with {@link IllegalArgumentException} when there is no such listener
     */
    CompletionStage<ListenerInfo> start(String id);

    /**
     * Closes a listener and ends every connection that came by it: MQTT 5 clients are told 0x8B Server shutting down.
     *
     * @param id its name, {@code type:name}
     * @return as of {@link #start}
     */
    CompletionStage<ListenerInfo> stop(String id);

    /**
     * Stops a listener and starts it again.
     *
     * @param id its name, {@code type:name}
     * @return as of {@link #start}
     */
    CompletionStage<ListenerInfo> restart(String id);
}
