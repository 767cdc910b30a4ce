// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Who may not connect. A banned client is refused with 0x8A Banned before anyone is asked for its credentials; a ban
 * ends the connections it speaks about. Bans outlive a restart. Registered by the broker as an OSGi service; callable
 * from any thread but an event loop, since it writes a file.
 *
 * @since 1.0
 */
@ProviderType
public interface Bans {
    /**
     * Bans. A ban of the same kind and the same {@code who} is replaced.
     *
     * @throws IllegalArgumentException with a sentence, when {@link Ban#who} is no such thing
     * @throws java.io.UncheckedIOException when it could not be written; it is not in force then
     */
    void add(Ban ban);

    /**
     * Ends a ban.
     *
     * @return whether there was one
     */
    boolean delete(Ban.Kind as, String who);

    /** Every ban in force, by kind, then by {@code who}; a copy. */
    List<Ban> list();
}
