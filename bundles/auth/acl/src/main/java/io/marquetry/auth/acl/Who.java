// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.config.AddressRange;
import io.marquetry.api.config.BoundedPattern;
import io.marquetry.api.config.BoundedPattern.GaveUpException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Whom a rule speaks about. Asked by many loops at once. */
interface Who {
    /** Everyone. */
    Who ALL = client -> true;

    boolean matches(ClientInfo client) throws GaveUpException;

    /** The user of that name; a rule with it is found by the name. */
    record User(String name) implements Who {
        @Override
        public boolean matches(ClientInfo client) {
            return name.equals(client.username());
        }
    }

    /** The client of that identifier; a rule with it is found by the identifier. */
    record Client(String id) implements Who {
        @Override
        public boolean matches(ClientInfo client) {
            return id.equals(client.clientId());
        }
    }

    /** Those of whom something is exactly this. */
    static Who equal(Function<ClientInfo, @Nullable String> what, String value) {
        return client -> value.equals(what.apply(client));
    }

    /** Those in whom an expression is found. */
    static Who found(Function<ClientInfo, @Nullable String> what, BoundedPattern pattern) {
        return client -> {
            String value = what.apply(client);
            return value != null && pattern.find(value);
        };
    }

    /** Those who connect from there. */
    static Who from(List<AddressRange> ranges) {
        return client -> {
            InetSocketAddress address = client.remoteAddress();
            return address != null
                    && address.getAddress() != null
                    && AddressRange.anyContains(ranges, address.getAddress());
        };
    }

    /** Those about whom all of them speak. */
    static Who and(List<Who> all) {
        return client -> {
            for (Who who : all) {
                if (!who.matches(client)) {
                    return false;
                }
            }
            return true;
        };
    }

    /** Those about whom one of them speaks. */
    static Who or(List<Who> some) {
        return client -> {
            for (Who who : some) {
                if (who.matches(client)) {
                    return true;
                }
            }
            return false;
        };
    }
}
