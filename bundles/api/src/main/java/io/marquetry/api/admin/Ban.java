// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import java.util.Locale;

/**
 * Someone who may not connect.
 *
 * @param as what is looked at
 * @param who what it must be: a name, an address, a range of addresses or a regular expression
 * @param by who banned
 * @param reason why, for people; may be empty
 * @param at from when on, in milliseconds since 1970
 * @param until when it ends, in milliseconds since 1970; {@link Long#MAX_VALUE} is never
 * @since 1.0
 */
public record Ban(Kind as, String who, String by, String reason, long at, long until) {
    /**
     * What a ban looks at.
     *
     * @since 1.0
     */
    public enum Kind {
        /** The client identifier. */
        CLIENTID,
        /** The user name. */
        USERNAME,
        /** The address it connects from. */
        PEERHOST,
        /** The client identifier, by a regular expression that is found anywhere in it. */
        CLIENTID_RE,
        /** The user name, by a regular expression that is found anywhere in it. */
        USERNAME_RE,
        /** The address it connects from, by a range such as {@code 10.0.0.0/8}. */
        PEERHOST_NET;

        /** As files and commands have it, {@code clientid_re}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
