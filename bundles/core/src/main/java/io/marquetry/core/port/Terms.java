// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.port;

import io.marquetry.api.config.Rate;
import java.util.Arrays;

/**
 * On which terms clients come by a listener. Immutable. What {@code mountpoint}, {@code maxQos}, {@code usernameFrom}
 * and {@code clientIdFrom} are when a client sends its CONNECT holds for the life of that connection.
 *
 * @param mountpoint what stands in front of each topic of theirs, {@code ${clientid}} and {@code ${username}} to be
 *     filled; empty is nothing; see {@link #checkMountpoint}
 * @param maxQos the highest quality of service taken and granted, 0 to 2; the lower one of this and the broker's counts
 * @param usernameFrom what of the client's certificate takes the place of its user name; a client without a certificate
 *     keeps its own
 * @param clientIdFrom what of the client's certificate takes the place of its client identifier; likewise
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
        Rate messages,
        Rate bytes,
        Rate totalMessages,
        Rate totalBytes) {
    private static final String CLIENT_ID = "${clientid}";
    private static final String USERNAME = "${username}";

    /** No terms at all. */
    public static final Terms NONE =
            new Terms("", 2, CertificateField.NONE, CertificateField.NONE, Rate.NONE, Rate.NONE, Rate.NONE, Rate.NONE);

    /** Refuses a mountpoint that is none and a quality of service that there is not. */
    public Terms {
        checkMountpoint(mountpoint);
        if (maxQos < 0 || maxQos > 2) {
            throw new IllegalArgumentException("expected a quality of service from 0 to 2, got " + maxQos);
        }
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
        String filled = mountpoint.replace(CLIENT_ID, "x").replace(USERNAME, "x");
        String expected = null;
        if (filled.contains("${")) {
            expected = "no placeholder but " + CLIENT_ID + " and " + USERNAME;
        } else if (filled.indexOf('+') >= 0 || filled.indexOf('#') >= 0 || filled.indexOf('\0') >= 0) {
            expected = "no wildcard and no null character";
        } else if (filled.startsWith("$")) {
            expected = "another beginning than $, which the broker keeps for $SYS and $share";
        } else if (!filled.endsWith("/")) {
            expected = "a / at the end";
        } else if (filled.equals("/") || filled.contains("//")) {
            expected = "no empty level";
        } else if (Arrays.stream(mountpoint.split("/")).anyMatch(l -> l.indexOf("${") != l.lastIndexOf("${"))) {
            expected = "one placeholder in a level";
        }
        if (expected != null) {
            throw new IllegalArgumentException(
                    "expected a mountpoint such as tenants/" + USERNAME + "/ with " + expected + ", got " + mountpoint);
        }
        return mountpoint;
    }
}
