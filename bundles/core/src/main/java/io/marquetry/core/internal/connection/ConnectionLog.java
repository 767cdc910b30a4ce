// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.codec.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the operator is to know of clients that are turned away. Any client can cause these lines, so each is bounded.
 */
final class ConnectionLog {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionLog.class);
    private static final int HEX_BYTES = 32;
    private static final int NAME_IN_LOG = 64;

    private ConnectionLog() {}

    /** The peer broke the protocol, with these bytes. */
    static void badInput(Connection connection, ProtocolException e, ByteBuf in) {
        long held = connection.context().badInput.pass();
        if (held >= 0) {
            LOG.warn(
                    "bad input, the connection is closed: {}; {} of {} bytes: {} ({} more such lines held back) {}",
                    e.getMessage(),
                    Math.min(HEX_BYTES, in.readableBytes()),
                    in.readableBytes(),
                    ByteBufUtil.hexDump(in, in.readerIndex(), Math.min(HEX_BYTES, in.readableBytes())),
                    held,
                    connection.who());
        }
    }

    /** It is a listener's terms that this client does not meet. */
    static void misnamed(Connection connection, String clientId, @Nullable String username, ProtocolException e) {
        long held = connection.context().badInput.pass();
        if (held >= 0) {
            LOG.warn(
                    "{} ({} more such lines held back) client={} username={} peer={} listener={}",
                    e.getMessage(),
                    held,
                    brief(clientId),
                    brief(username),
                    connection.wire().remoteAddress(),
                    listener(connection));
        }
    }

    private static @Nullable String brief(@Nullable String name) {
        return name == null || name.length() <= NAME_IN_LOG ? name : name.substring(0, NAME_IN_LOG) + "...";
    }

    /** A listener asks authenticators that are not there: every client is refused, and only the operator can help. */
    static void missing(Connection connection, List<String> authenticators) {
        for (String name : authenticators) {
            if (connection.context().hooks.hasAuthenticator(name)) {
                continue;
            }
            long held = connection.context().missing.pass();
            if (held >= 0) {
                LOG.warn(
                        "listener {} asks the authenticator {}, and there is none of that name: its clients are refused"
                                + " with 0x88 until there is; mqtt:extension-list shows those that are there ({} more"
                                + " such lines held back)",
                        listener(connection),
                        name,
                        held);
            }
        }
    }

    /** Anyone could connect by a listener that others reach: only the operator can help. */
    static void unguarded(Connection connection) {
        long held = connection.context().missing.pass();
        if (held >= 0) {
            LOG.warn(
                    "listener {} has an address that others reach, and there is no authenticator any more: its clients"
                            + " are refused with 0x87 until there is, or until allowAnonymous = true, or authenticators ="
                            + " none for this listener ({} more such lines held back)",
                    listener(connection),
                    held);
        }
    }

    /** The store cannot write what a client needs to survive: only the operator can help. */
    static void unkept(Connection connection, String whatHappens) {
        long held = connection.context().unkept.pass();
        if (held >= 0) {
            LOG.warn(
                    "the store cannot write, {}; mqtt:store-info says why ({} more such lines held back) {}",
                    whatHappens,
                    held,
                    connection.who());
        }
    }

    private static String listener(Connection connection) {
        return connection.wire().entrance().listener();
    }
}
