// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jwt;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.Template;
import io.marquetry.auth.support.InstanceKeys;
import io.marquetry.auth.support.web.Granted;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a token whose signature is right has to say, and what it grants.
 *
 * @param expected what has to be in it
 * @param skewMillis how far the clock of who made the token may be off
 * @param rules the claim with the rules, or {@code none}
 * @param attributes the claim with the attributes, or {@code none}
 * @param superuser the claim that makes a superuser, or empty
 * @param disconnectAtExpiry whether the connection ends with the token
 */
record Claims(
        List<Expected> expected,
        long skewMillis,
        String rules,
        String attributes,
        String superuser,
        boolean disconnectAtExpiry) {

    private static final String NONE = "none";

    /** A claim and the value that it must have. */
    record Expected(String claim, Template value) {
        /** Reads {@code NAME=TEXT, NAME=TEXT}. */
        static List<Expected> parse(String text) {
            List<Expected> all = new ArrayList<>();
            for (String one : text.split(",", -1)) {
                int equals = one.indexOf('=');
                if (equals < 1
                        || one.substring(0, equals).isBlank()
                        || one.substring(equals + 1).isBlank()) {
                    throw new IllegalArgumentException(
                            "expected CLAIM=TEXT, CLAIM=TEXT, such as sub=${clientid}, aud=mqtt");
                }
                all.add(new Expected(
                        one.substring(0, equals).trim(),
                        Template.parse(one.substring(equals + 1).trim())));
            }
            return List.copyOf(all);
        }

        private void check(Map<String, ?> claims, ClientInfo client) {
            for (String name : value.placeholders()) {
                String filled = Template.value(client, name);
                if (filled == null || filled.isEmpty()) {
                    throw new Refused("its claim " + claim + " must be " + value + ", and the client has no " + name);
                }
            }
            String wanted = value.fill(client);
            if (!says(claims.get(claim), wanted)) {
                throw new Refused("its claim " + claim + " is not " + Refused.shown(wanted));
            }
        }

        /** A list says it when one of its members does, as {@code aud} may. */
        private boolean says(@Nullable Object value, String wanted) {
            if (value instanceof List<?> list) {
                return list.stream().anyMatch(one -> !(one instanceof List) && says(one, wanted));
            }
            return (value instanceof String || value instanceof Number || value instanceof Boolean)
                    && Granted.plain(claim, value).equals(wanted);
        }
    }

    /** Reads them; problems stay in {@code keys}. */
    static Claims read(InstanceKeys keys) {
        List<Expected> expected = keys.parse("verifyClaims", keys.keys().string("verifyClaims", ""), Expected::parse);
        return new Claims(
                expected == null ? List.of() : expected,
                TimeUnit.SECONDS.toMillis(keys.keys().integer("clockSkewSeconds", 10, 0, 3600)),
                keys.keys().string("aclClaim", "acl"),
                keys.keys().string("attributesClaim", "client_attrs"),
                keys.keys().string("superuserClaim", ""),
                keys.keys().flag("disconnectAtExpiry", true));
    }

    /**
     * Checks them.
     *
     * @param now in milliseconds since 1970
     * @throws Refused when they do not let the client in
     */
    AuthResult.Accepted check(Map<String, ?> claims, ClientInfo client, long now) {
        long expiry = time(claims, "exp");
        // Accepted as late as this, so it ends as late as this.
        long end = expiry == 0 ? 0 : expiry + skewMillis;
        if (end != 0 && end <= now) {
            throw new Refused("it expired " + TimeUnit.MILLISECONDS.toSeconds(now - expiry) + " s ago");
        }
        notInFuture(claims, "nbf", now);
        notInFuture(claims, "iat", now);
        expected.forEach(one -> one.check(claims, client));
        try {
            List<AccessRule> own = Granted.rules(granted(claims, rules));
            Map<String, String> known = Granted.attributes(granted(claims, attributes));
            boolean all = Boolean.TRUE.equals(granted(claims, superuser));
            return new AuthResult.Accepted(all, known, own, disconnectAtExpiry ? end : 0);
        } catch (IllegalArgumentException e) {
            throw new Refused("it grants what is not understood: " + e.getMessage());
        }
    }

    private static @Nullable Object granted(Map<String, ?> claims, String name) {
        return name.isEmpty() || name.equals(NONE) ? null : claims.get(name);
    }

    private void notInFuture(Map<String, ?> claims, String name, long now) {
        long from = time(claims, name);
        if (from > now + skewMillis) {
            throw new Refused("it begins only in " + TimeUnit.MILLISECONDS.toSeconds(from - now) + " s (" + name + ")");
        }
    }

    private static long time(Map<String, ?> claims, String name) {
        if (!claims.containsKey(name)) {
            return 0;
        }
        try {
            long millis = Granted.millis(name, claims.get(name));
            if (millis != 0) {
                return millis;
            }
        } catch (IllegalArgumentException e) {
            // falls through to the one sentence for everything that is no time
        }
        throw new Refused("its claim " + name + " is not a number of seconds since 1970");
    }
}
