// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.port;

import io.marquetry.api.client.Template;
import io.marquetry.api.config.Rate;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * On which terms clients come by a listener. Immutable. What {@code mountpoint}, {@code maxQos}, {@code usernameFrom}
 * {@code clientIdFrom} and {@code authenticators} are when a client sends its CONNECT holds for the life of that
 * connection.
 *
 * @param mountpoint what stands in front of each topic of theirs, with the placeholders of {@link Template}; empty is
 *     nothing; see {@link #checkMountpoint}
 * @param maxQos the highest quality of service taken and granted, 0 to 2; the lower one of this and the broker's counts
 * @param usernameFrom what of the client's certificate takes the place of its user name; a client without a certificate
 *     keeps its own
 * @param clientIdFrom what of the client's certificate takes the place of its client identifier; likewise
 * @param authenticators the names of the authenticators that are asked, in order; empty is all of them, {@code none}
 *     alone is nobody: everyone is let in
 * @param messages how many messages each client may publish
 * @param bytes how many bytes each client may send
 * @param totalMessages how many messages all of them together may publish
 * @param totalBytes how many bytes all of them together may send
 * @since 1.0
 */
public record Terms(
        String mountpoint,
        int maxQos,
        CertificateField usernameFrom,
        CertificateField clientIdFrom,
        List<String> authenticators,
        Rate messages,
        Rate bytes,
        Rate totalMessages,
        Rate totalBytes) {
    /** Stands for what a client fills in. */
    private static final String PLACEHOLDER = "\u0001";

    private static final String ANONYMOUS = "none";

    /** No terms at all. */
    public static final Terms NONE = new Terms(
            "", 2, CertificateField.NONE, CertificateField.NONE, List.of(), Rate.NONE, Rate.NONE, Rate.NONE, Rate.NONE);

    /** Refuses a mountpoint that is none, a quality of service that there is not, and nobody among others. */
    public Terms {
        checkMountpoint(mountpoint);
        authenticators = List.copyOf(authenticators);
        if (authenticators.size() > 1 && authenticators.contains(ANONYMOUS)) {
            throw new IllegalArgumentException(
                    "expected names of authenticators, or none alone, got " + String.join(", ", authenticators));
        }
        if (maxQos < 0 || maxQos > 2) {
            throw new IllegalArgumentException("expected a quality of service from 0 to 2, got " + maxQos);
        }
    }

    /** Whether clients need no credentials here, by explicit choice. */
    public boolean isAnonymous() {
        return authenticators.size() == 1 && authenticators.get(0).equals(ANONYMOUS);
    }

    /**
     * Checks a mountpoint before its placeholders are filled: levels that each end with {@code /}, or nothing at all.
     * Nobody can tell where a client's own topic begins unless the mountpoint ends a level, nor whose it is when two
     * placeholders share one.
     *
     * @return the same mountpoint
     * @throws IllegalArgumentException with a sentence that says what was expected
     */
    public static String checkMountpoint(String mountpoint) {
        if (mountpoint.isEmpty()) {
            return mountpoint;
        }
        String filled = filled(mountpoint);
        String expected = null;
        if (filled == null) {
            expected = "no placeholder but ${clientid}, ${username}, ${peerhost}, ${cert_common_name}, ${cert_subject},"
                    + " ${listener} and ${client_attrs.NAME}";
        } else if (filled.indexOf('+') >= 0 || filled.indexOf('#') >= 0 || filled.indexOf('\0') >= 0) {
            expected = "no wildcard and no null character";
        } else if (filled.startsWith("$")) {
            expected = "another beginning than $, which the broker keeps for $SYS and $share";
        } else if (!filled.endsWith("/")) {
            expected = "a / at the end";
        } else if (filled.equals("/") || filled.contains("//")) {
            expected = "no empty level";
        } else if (Arrays.stream(filled.split("/"))
                .anyMatch(level -> level.indexOf(PLACEHOLDER) != level.lastIndexOf(PLACEHOLDER))) {
            expected = "one placeholder in a level";
        }
        if (expected != null) {
            throw new IllegalArgumentException(
                    "expected a mountpoint such as tenants/${username}/ with " + expected + ", got " + mountpoint);
        }
        return mountpoint;
    }

    private static @Nullable String filled(String mountpoint) {
        try {
            return Template.parse(mountpoint).render(name -> PLACEHOLDER);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
