// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import java.io.IOException;
import org.apache.karaf.shell.api.console.Session;

/** Who types at the other end of a session, and is asked for what nobody may see. */
@FunctionalInterface
interface Typist {
    /** The variable of a session that holds its typist, where the session cannot ask by itself. */
    String VARIABLE = ".marquetry.typist";

    /** JLine's word for: show nothing of what is typed. */
    char NOTHING = 0;

    /**
     * Asks, and waits for the answer; empty when the input has ended.
     *
     * @throws IllegalArgumentException when nobody can be asked, or what was typed again is not the same
     */
    String secret(String prompt) throws IOException, InterruptedException;

    /** The one of this session: behind the socket, or at the terminal of {@code bin/marquetry console}. */
    static Typist of(Session session) {
        return session.get(VARIABLE) instanceof Typist typist ? typist : prompt -> typed(session, prompt);
    }

    private static String typed(Session session, String prompt) throws IOException {
        try {
            String first = session.readLine(prompt, NOTHING);
            if (!first.equals(session.readLine("Again: ", NOTHING))) {
                throw new IllegalArgumentException(
                        "expected the same twice, got two different ones; nothing is changed");
            }
            return first;
        } catch (UnsupportedOperationException e) {
            throw new IllegalArgumentException(
                    "nobody can be asked by this shell: expected an option that says it,"
                            + " such as --password-file FILE",
                    e);
        }
    }
}
