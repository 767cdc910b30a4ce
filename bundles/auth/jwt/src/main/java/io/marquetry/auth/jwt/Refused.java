// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jwt;

/** A token that does not let its client in; the message says why, for the log. */
final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int MOST_SHOWN = 64;

    Refused(String message) {
        super(message, null, false, false);
    }

    /** What a client wrote, as it may stand in a log. */
    static String shown(String text) {
        String cut = text.length() > MOST_SHOWN ? text.substring(0, MOST_SHOWN) + "..." : text;
        return "\"" + cut.replaceAll("\\p{Cntrl}", "?") + "\"";
    }
}
