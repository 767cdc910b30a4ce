// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import org.apache.karaf.shell.api.console.Session;

/**
 * A command as the client sends it. One word is a whole line for the shell: pipes, variables and quotes mean what they
 * mean there. Of several, those behind the first are taken as they are: a client identifier that a script hands on must
 * not become a command. Nor an option, behind a word {@code --}.
 */
final class CommandWords {
    /** The shell takes text that begins with "-" for an option, and no other object. */
    private record NoOption(String text) {
        @Override
        public String toString() {
            return text;
        }
    }

    private CommandWords() {}

    /** The line for the shell; words to be taken as they are become variables of the session, which nothing parses. */
    static String line(Session session, String command) {
        String[] words = command.split("\0", -1);
        StringBuilder line = new StringBuilder(words[0]);
        boolean optionsEnded = false;
        for (int i = 1; i < words.length; i++) {
            if (words[i].equals("--") && !optionsEnded) {
                optionsEnded = true;
                continue;
            }
            session.put("word" + i, optionsEnded ? new NoOption(words[i]) : words[i]);
            line.append(" $word").append(i);
        }
        return line.toString();
    }
}
