// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

/** What is wrong with a text of rules, and where. */
final class Fault extends Exception {
    private static final long serialVersionUID = 1;
    private static final int MOST_SHOWN = 60;

    private final int at;

    /**
     * @param at where in the text
     * @param sentence what was expected and what came
     */
    Fault(int at, String sentence) {
        super(sentence);
        this.at = at;
    }

    static Fault expected(String what, Term got) {
        String shown = got.toString();
        return new Fault(
                got.at(),
                "expected " + what + ", got "
                        + (shown.length() > MOST_SHOWN ? shown.substring(0, MOST_SHOWN) + "..." : shown));
    }

    int at() {
        return at;
    }
}
