// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.ban;

import io.marquetry.api.admin.Ban;
import io.marquetry.api.config.AddressRange;
import io.marquetry.api.config.BoundedPattern;
import io.marquetry.api.config.BoundedPattern.GaveUpException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A ban, ready to be looked at.
 *
 * @param key what it is found by; an address in its one canonical form
 */
record Target(
        Ban ban,
        String key,
        @Nullable BoundedPattern pattern,
        @Nullable AddressRange range) {
    /** Longer than any client identifier or user name. */
    private static final int MOST_CHARACTERS = 65_535;

    /**
     * Reads a ban.
     *
     * @throws IllegalArgumentException with a sentence, when {@code who} is no such thing
     */
    static Target of(Ban ban) {
        String who = ban.who();
        if (who.isEmpty() || who.length() > MOST_CHARACTERS) {
            throw new IllegalArgumentException(
                    "expected a " + ban.as().word() + " of 1 to " + MOST_CHARACTERS + " characters");
        }
        return switch (ban.as()) {
            case CLIENTID, USERNAME -> new Target(ban, who, null, null);
            case PEERHOST -> new Target(ban, key(ban.as(), who), null, null);
            case CLIENTID_RE, USERNAME_RE -> new Target(ban, who, BoundedPattern.compile(who), null);
            case PEERHOST_NET -> {
                AddressRange range = AddressRange.parse(who);
                if (range == null) {
                    throw new IllegalArgumentException(
                            "expected a range of addresses such as 10.0.0.0/8, got \"" + who + "\"");
                }
                yield new Target(ban, who, null, range);
            }
        };
    }

    /** What a ban of that kind is found by. */
    static String key(Ban.Kind as, String who) {
        if (as != Ban.Kind.PEERHOST) {
            return who;
        }
        InetAddress address = AddressRange.address(who);
        if (address == null) {
            throw new IllegalArgumentException("expected an address such as 10.1.2.3 or 2001:db8::1, got \"" + who
                    + "\"; a range is a peerhost_net");
        }
        return address.getHostAddress();
    }

    /** What a client's address is found by, or null when it has none. */
    static @Nullable String key(@Nullable InetSocketAddress from) {
        InetAddress address = from == null ? null : from.getAddress();
        return address == null ? null : address.getHostAddress();
    }

    boolean isInForce(long now) {
        return ban.at() <= now && now < ban.until();
    }

    /** Whether it speaks about such a client. An expression that gives up on a name speaks about it. */
    boolean matches(String clientId, @Nullable String username, @Nullable InetSocketAddress from) {
        return switch (ban.as()) {
            case CLIENTID -> key.equals(clientId);
            case USERNAME -> key.equals(username);
            case PEERHOST -> key.equals(key(from));
            case CLIENTID_RE -> isFoundIn(clientId);
            case USERNAME_RE -> isFoundIn(username);
            case PEERHOST_NET ->
                range != null && from != null && from.getAddress() != null && range.contains(from.getAddress());
        };
    }

    private boolean isFoundIn(@Nullable String name) {
        try {
            return pattern != null && name != null && pattern.find(name);
        } catch (GaveUpException e) {
            return true;
        }
    }
}
