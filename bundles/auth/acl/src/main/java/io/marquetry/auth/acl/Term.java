// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import java.util.List;
import java.util.stream.Collectors;

/** An Erlang term, as far as access rules have them. */
sealed interface Term {
    /** Where in the text it begins. */
    int at();

    /** {@code allow} or {@code 'and'}. */
    record Atom(int at, String name) implements Term {
        @Override
        public String toString() {
            return name;
        }
    }

    /** {@code "text"} or {@code <<"text">>}. */
    record Text(int at, String value) implements Term {
        @Override
        public String toString() {
            return "\"" + value + "\"";
        }
    }

    /** A whole number. */
    record Whole(int at, long value) implements Term {
        @Override
        public String toString() {
            return Long.toString(value);
        }
    }

    /** {@code {a, b}}. */
    record Tuple(int at, List<Term> parts) implements Term {
        @Override
        public String toString() {
            return parts.stream().map(Object::toString).collect(Collectors.joining(", ", "{", "}"));
        }

        /** The name of a tuple that begins with an atom, or the empty text. */
        String name() {
            return !parts.isEmpty() && parts.get(0) instanceof Atom atom ? atom.name() : "";
        }
    }

    /** {@code [a, b]}. */
    record Listing(int at, List<Term> items) implements Term {
        @Override
        public String toString() {
            return items.stream().map(Object::toString).collect(Collectors.joining(", ", "[", "]"));
        }
    }
}
