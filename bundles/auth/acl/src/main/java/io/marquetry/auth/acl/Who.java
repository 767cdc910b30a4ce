// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.config.AddressRange;
import io.marquetry.api.config.BoundedPattern;
import io.marquetry.api.config.BoundedPattern.GaveUpException;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Whom a rule speaks about. Asked by many loops at once. */
interface Who {
    /** Everyone. */
    Who ALL = asker -> true;

    boolean matches(Asker asker) throws GaveUpException;

    /** The user of that name; a rule with it is found by the name. */
    record User(String name) implements Who {
        @Override
        public boolean matches(Asker asker) {
            return name.equals(asker.client().username());
        }
    }

    /** The client of that identifier; a rule with it is found by the identifier. */
    record Client(String id) implements Who {
        @Override
        public boolean matches(Asker asker) {
            return id.equals(asker.client().clientId());
        }
    }

    /** Those of whom something is exactly this. */
    static Who equal(Function<ClientInfo, @Nullable String> what, String value) {
        return asker -> value.equals(what.apply(asker.client()));
    }

    /** Those in whom an expression is found. */
    static Who found(Function<ClientInfo, @Nullable String> what, BoundedPattern pattern) {
        return asker -> {
            String value = what.apply(asker.client());
            return value != null && pattern.find(value);
        };
    }

    /** Those who connect from there. */
    static Who from(List<AddressRange> ranges) {
        return asker -> {
            byte[] address = asker.address();
            if (address == null) {
                return false;
            }
            for (AddressRange range : ranges) {
                if (range.contains(address)) {
                    return true;
                }
            }
            return false;
        };
    }

    /** Those about whom all of them speak. */
    static Who and(List<Who> all) {
        return asker -> {
            for (Who who : all) {
                if (!who.matches(asker)) {
                    return false;
                }
            }
            return true;
        };
    }

    /** Those about whom one of them speaks. */
    static Who or(List<Who> some) {
        return asker -> {
            for (Who who : some) {
                if (who.matches(asker)) {
                    return true;
                }
            }
            return false;
        };
    }
}
