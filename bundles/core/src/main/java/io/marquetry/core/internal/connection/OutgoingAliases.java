// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.core.internal.message.Publication;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * The topic aliases that we use towards one client [MQTT-3.3.2-8]: the first topics get one each, for as long as the
 * connection lasts.
 */
final class OutgoingAliases {
    /** More would cost memory for each connection and save little. */
    private static final int MOST = 64;

    private final int most;
    private final Map<ByteBuffer, Integer> aliases = new HashMap<>(8);

    OutgoingAliases(int clientMaximum) {
        this.most = Math.min(clientMaximum, MOST);
    }

    /** 0 for no alias; positive for one that the client is yet to be told; negative for one that it knows. */
    int aliasOf(Publication publication) {
        Integer known = aliases.get(ByteBuffer.wrap(publication.topicBytes()));
        if (known != null) {
            return -known;
        }
        return aliases.size() < most ? aliases.size() + 1 : 0;
    }

    /** The client was told the next alias. */
    void sent(Publication publication) {
        aliases.put(ByteBuffer.wrap(publication.topicBytes()), aliases.size() + 1);
    }
}
