// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * A regular expression that an operator wrote, looked for in a text that a client chose. Some expressions need, for
 * some texts, more time than there is: {@code (a+)+$} and a row of thirty {@code a} with a {@code b} behind it. Here a
 * search gives up after so many steps, far more than an ordinary one takes, so that no client can hold an event loop.
 * Immutable, safe for any thread.
 *
 * @since 1.0
 */
public final class BoundedPattern {
    private static final int STEPS = 10_000;
    private static final int STEPS_PER_CHARACTER = 8;

    private static final Pattern PREFIX = Pattern.compile("\\^(?<literal>[A-Za-z0-9_:/-]+)(?<next>[?*{])?");

    /** Letters of an expression with one of these need not be in the text. */
    private static final Pattern INVOLVED = Pattern.compile("[|(\\[{\\\\]");

    private static final Pattern LETTERS = Pattern.compile("(?<literal>[A-Za-z0-9_:/-]+)(?<next>[?*])?");

    private final Pattern pattern;
    /** What a text must begin with; looked at first, since most texts do not. */
    private final String prefix;
    /** What must be in a text somewhere; looked at next. */
    private final String part;

    private BoundedPattern(Pattern pattern) {
        this.pattern = pattern;
        this.prefix = prefix(pattern.pattern());
        this.part = part(pattern.pattern());
    }

    private static String prefix(String expression) {
        Matcher matcher = PREFIX.matcher(expression);
        if (expression.indexOf('|') >= 0 || !matcher.lookingAt()) {
            return "";
        }
        return literal(matcher);
    }

    /** The longest of what must be there. */
    private static String part(String expression) {
        String longest = "";
        if (INVOLVED.matcher(expression).find()) {
            return longest;
        }
        Matcher matcher = LETTERS.matcher(expression);
        while (matcher.find()) {
            String literal = literal(matcher);
            longest = literal.length() > longest.length() ? literal : longest;
        }
        return longest;
    }

    /** What may be there several times, or not at all, is only its last character. */
    private static String literal(Matcher matcher) {
        String literal = matcher.group("literal");
        return matcher.group("next") == null ? literal : literal.substring(0, literal.length() - 1);
    }

    /**
     * Reads an expression, in the syntax of {@link Pattern}.
     *
     * @throws IllegalArgumentException with a sentence that says what is wrong with it
     */
    public static BoundedPattern compile(String expression) {
        try {
            return new BoundedPattern(Pattern.compile(expression));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "expected a regular expression, got \"" + expression + "\": " + e.getDescription()
                            + (e.getIndex() < 0 ? "" : " at its character " + (e.getIndex() + 1)),
                    e);
        }
    }

    /**
     * Whether the text has it anywhere; {@code ^} and {@code $} tie it to begin and end.
     *
     * @throws GaveUpException when that cannot be said within the bound; whoever decides about a client by it should
     *     decide against the client
     */
    public boolean find(String text) throws GaveUpException {
        return matcher(text) != null;
    }

    /**
     * What the first group finds in the text, or the expression itself where it has no group; null where there is no
     * such thing.
     *
     * @throws GaveUpException as {@link #find}
     */
    public @Nullable String extract(String text) throws GaveUpException {
        Matcher found = matcher(text);
        return found == null ? null : found.group(found.groupCount() == 0 ? 0 : 1);
    }

    /** Where it was found, or null. */
    private @Nullable Matcher matcher(String text) throws GaveUpException {
        if (!text.startsWith(prefix) || !text.contains(part)) {
            return null;
        }
        try {
            Matcher matcher = pattern.matcher(new Counted(text));
            return matcher.find() ? matcher : null;
        } catch (OutOfSteps | StackOverflowError e) {
            // The stack is the expression's alone: nothing of ours is left half done.
            throw new GaveUpException("the regular expression " + pattern + " gave up on a text of " + text.length()
                    + " characters; expected one that needs less than " + bound(text) + " steps");
        }
    }

    @Override
    public String toString() {
        return pattern.pattern();
    }

    private static long bound(String text) {
        return STEPS + (long) STEPS_PER_CHARACTER * text.length();
    }

    /**
     * A search has given up.
     *
     * @since 1.0
     */
    public static final class GaveUpException extends Exception {
        private static final long serialVersionUID = 1;

        private GaveUpException(String sentence) {
            super(sentence, null, false, false);
        }
    }

    private static final class OutOfSteps extends RuntimeException {
        private static final long serialVersionUID = 1;

        OutOfSteps() {
            super(null, null, false, false);
        }
    }

    /** The text, of which each character can be looked at only so often. */
    private static final class Counted implements CharSequence {
        private final String text;
        private long left;

        Counted(String text) {
            this.text = text;
            this.left = bound(text);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (--left < 0) {
                throw new OutOfSteps();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
