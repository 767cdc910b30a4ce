// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads Erlang terms, each ended by a dot:
 *
 * <pre>
 * file    = { term "." }
 * term    = atom | text | whole | "{" [ term { "," term } ] "}" | "[" [ term { "," term } ] "]"
 * atom    = a-z { a-z A-Z 0-9 _ @ } | "'" characters "'"
 * text    = string { string } | "&lt;&lt;" string [ "/utf8" ] "&gt;&gt;"
 * string  = '"' characters '"'
 * whole   = [ "-" ] digits
 * </pre>
 *
 * White space and comments, from {@code %} to the end of the line, stand anywhere between. In strings and quoted atoms
 * a backslash begins an escape, as in Erlang.
 */
final class TermParser {
    private static final int DEEPEST = 32;
    private static final int END = -1;

    /** A term with its dot. */
    record Clause(Term term, int from, int to) {}

    private final String text;
    private int at;
    private int depth;

    private TermParser(String text) {
        this.text = text;
    }

    /** Reads all of it. */
    static List<Clause> parse(String text) throws Fault {
        TermParser parser = new TermParser(text);
        List<Clause> clauses = new ArrayList<>();
        while (parser.next() != END) {
            int from = parser.at;
            Term term = parser.term();
            if (parser.next() != '.') {
                throw parser.unexpected("a dot behind the rule that begins with \""
                        + text.substring(from, Math.min(parser.at, from + 20)).strip() + "\"");
            }
            parser.at++;
            clauses.add(new Clause(term, from, parser.at));
        }
        return clauses;
    }

    /** The next character that says something, which is not yet taken. */
    private int next() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '%') {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (Character.isWhitespace(c) || (c == '\uFEFF' && at == 0)) {
                at++;
            } else {
                return c;
            }
        }
        return END;
    }

    private Term term() throws Fault {
        int c = next();
        if (c == '{' || c == '[') {
            return brackets(c);
        }
        if (c == '"') {
            return new Term.Text(at, strings());
        }
        if (c == '<') {
            return binary();
        }
        if (c == '\'') {
            int from = at;
            return new Term.Atom(from, quoted('\'', "atom"));
        }
        if (c >= 'a' && c <= 'z') {
            return atom();
        }
        if (c == '-' || (c >= '0' && c <= '9')) {
            return whole();
        }
        throw unexpected("a term: a word in small letters, a \"text\", a number, {...} or [...]");
    }

    private Term brackets(int open) throws Fault {
        int from = at++;
        if (++depth > DEEPEST) {
            throw new Fault(from, "expected at most " + DEEPEST + " brackets in one another");
        }
        char close = open == '{' ? '}' : ']';
        List<Term> parts = new ArrayList<>();
        if (next() != close) {
            parts.add(term());
            while (next() == ',') {
                at++;
                parts.add(term());
            }
            if (next() != close) {
                throw unexpected("a comma or " + close);
            }
        }
        at++;
        depth--;
        return open == '{' ? new Term.Tuple(from, List.copyOf(parts)) : new Term.Listing(from, List.copyOf(parts));
    }

    private Term atom() {
        int from = at;
        while (at < text.length() && isOfWord(text.charAt(at))) {
            at++;
        }
        return new Term.Atom(from, text.substring(from, at));
    }

    private static boolean isOfWord(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '@';
    }

    private Term whole() throws Fault {
        int from = at++;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        try {
            return new Term.Whole(from, Long.parseLong(text.substring(from, at)));
        } catch (NumberFormatException e) {
            throw new Fault(from, "expected a whole number, got " + text.substring(from, Math.min(at, from + 30)));
        }
    }

    private Term binary() throws Fault {
        int from = at;
        if (!text.startsWith("<<", at)) {
            throw unexpected("<<\"text\">>");
        }
        at += 2;
        String value = next() == '"' ? strings() : "";
        if (next() == '/' && text.startsWith("/utf8", at)) {
            at += "/utf8".length();
        }
        next();
        if (!text.startsWith(">>", at)) {
            throw unexpected("a \"text\" and >> behind <<");
        }
        at += 2;
        return new Term.Text(from, value);
    }

    /** Strings that follow one another are one. */
    private String strings() throws Fault {
        StringBuilder all = new StringBuilder();
        while (next() == '"') {
            all.append(quoted('"', "text"));
        }
        return all.toString();
    }

    private String quoted(char quote, String what) throws Fault {
        int from = at++;
        StringBuilder value = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == quote) {
                at++;
                return value.toString();
            }
            if (c == '\n') {
                break;
            }
            if (c == '\\') {
                value.appendCodePoint(escape());
            } else {
                value.append(c);
                at++;
            }
        }
        throw new Fault(from, "expected the " + what + " that begins here to end with " + quote + " on its line");
    }

    private int escape() throws Fault {
        int from = at++;
        int c = at < text.length() ? text.charAt(at++) : END;
        return switch (c) {
            case 'b' -> '\b';
            case 'd' -> 0x7f;
            case 'e' -> 0x1b;
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 's' -> ' ';
            case 't' -> '\t';
            case 'v' -> 0x0b;
            case 'x' -> hexadecimal(from);
            case '^' -> control(from);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(from + 1);
            case '\\', '"', '\'' -> c;
            default ->
                throw new Fault(
                        from,
                        "expected an escape, one of \\\\ \\\" \\' \\b \\d \\e \\f \\n \\r \\s \\t \\v \\^A \\101 \\x41"
                                + " \\x{41}, got \\" + (c == END || c == '\n' ? "" : Character.toString(c))
                                + "; a backslash of a regular expression is written twice");
        };
    }

    private int control(int from) throws Fault {
        int c = at < text.length() ? text.charAt(at++) : END;
        if (c < '@' || c > '_') {
            throw new Fault(from, "expected a letter behind \\^");
        }
        return c - '@';
    }

    private int octal(int from) {
        at = from;
        int value = 0;
        while (at < text.length() && at < from + 3 && text.charAt(at) >= '0' && text.charAt(at) <= '7') {
            value = value * 8 + (text.charAt(at++) - '0');
        }
        return value;
    }

    private int hexadecimal(int from) throws Fault {
        boolean braces = at < text.length() && text.charAt(at) == '{';
        int begin = braces ? at + 1 : at;
        int end = braces ? text.indexOf('}', begin) : Math.min(begin + 2, text.length());
        if (end > begin && end - begin <= 6) {
            try {
                int value = Integer.parseInt(text, begin, end, 16);
                if (value >= 0 && Character.isValidCodePoint(value)) {
                    at = braces ? end + 1 : end;
                    return value;
                }
            } catch (NumberFormatException e) {
                // the sentence below
            }
        }
        throw new Fault(from, "expected the number of a character, as in \\x41 or \\x{41}");
    }

    private Fault unexpected(String what) {
        int c = next();
        String got = c == END ? "the end of the file" : "\"" + Character.toString(text.codePointAt(at)) + "\"";
        return new Fault(Math.min(at, text.length()), "expected " + what + ", got " + got);
    }
}
