// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.config.AddressRange;
import io.marquetry.api.config.BoundedPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes of a term whom a rule speaks about. */
final class WhoReader {
    private static final String EXPECTED = "all, {user, \"NAME\"}, {client, \"ID\"}, {ipaddr, \"10.0.0.0/8\"},"
            + " {ipaddrs, [...]}, {client_attr, \"NAME\", \"VALUE\"}, {listener, \"tcp:default\"}, {'and', [...]} or"
            + " {'or', [...]}";

    private WhoReader() {}

    static Who read(Term term) throws Fault {
        if (term instanceof Term.Atom atom && atom.name().equals("all")) {
            return Who.ALL;
        }
        if (!(term instanceof Term.Tuple tuple)) {
            throw Fault.expected(EXPECTED, term);
        }
        return switch (tuple.name()) {
            case "user", "username" ->
                part(tuple, 2, 1) instanceof Term.Text name
                        ? new Who.User(name.value())
                        : named(ClientInfo::username, part(tuple, 2, 1));
            case "client", "clientid" ->
                part(tuple, 2, 1) instanceof Term.Text id
                        ? new Who.Client(id.value())
                        : named(ClientInfo::clientId, part(tuple, 2, 1));
            case "listener" -> named(ClientInfo::listener, part(tuple, 2, 1));
            case "client_attr" -> {
                String name = text(part(tuple, 3, 1), "the name of an attribute");
                yield named(client -> client.attributes().get(name), part(tuple, 3, 2));
            }
            case "ipaddr" -> Who.from(List.of(range(part(tuple, 2, 1))));
            case "ipaddrs" -> Who.from(ranges(part(tuple, 2, 1)));
            case "and" -> Who.and(all(part(tuple, 2, 1)));
            case "or" -> Who.or(all(part(tuple, 2, 1)));
            case "zone" ->
                throw new Fault(
                        tuple.at(),
                        "expected no {zone, ...}: there are no zones here; {listener, \"tcp:default\"} speaks about the"
                                + " clients of one listener");
            case "security_profile" ->
                throw new Fault(
                        tuple.at(),
                        "expected no {security_profile, ...}: there are no profiles here; noMatch of"
                                + " io.marquetry.core.mqtt says what holds when no rule does");
            default -> throw Fault.expected(EXPECTED, tuple);
        };
    }

    private static Term part(Term.Tuple tuple, int size, int index) throws Fault {
        if (tuple.parts().size() != size) {
            throw Fault.expected("{" + tuple.name() + (size == 3 ? ", NAME, VALUE}" : ", VALUE}"), tuple);
        }
        return tuple.parts().get(index);
    }

    private static Who named(Function<ClientInfo, @Nullable String> what, Term value) throws Fault {
        if (value instanceof Term.Text text) {
            return Who.equal(what, text.value());
        }
        if (value instanceof Term.Atom atom && atom.name().equals("all")) {
            return Who.ALL; // as version 4 of EMQX had it
        }
        if (value instanceof Term.Tuple tuple
                && tuple.name().equals("re")
                && tuple.parts().size() == 2) {
            Term expression = tuple.parts().get(1);
            try {
                return Who.found(what, BoundedPattern.compile(text(expression, "a \"regular expression\"")));
            } catch (IllegalArgumentException e) {
                throw new Fault(expression.at(), String.valueOf(e.getMessage()));
            }
        }
        throw Fault.expected("a \"text\" or {re, \"REGULAR EXPRESSION\"}", value);
    }

    private static String text(Term term, String what) throws Fault {
        if (term instanceof Term.Text text) {
            return text.value();
        }
        throw Fault.expected(what + " in quotes", term);
    }

    private static AddressRange range(Term term) throws Fault {
        AddressRange range = AddressRange.parse(text(term, "an address"));
        if (range == null) {
            throw Fault.expected("an address such as \"10.1.2.3\" or a range such as \"10.0.0.0/8\"", term);
        }
        return range;
    }

    private static List<AddressRange> ranges(Term term) throws Fault {
        List<AddressRange> ranges = new ArrayList<>();
        for (Term item : items(term)) {
            ranges.add(range(item));
        }
        return List.copyOf(ranges);
    }

    private static List<Who> all(Term term) throws Fault {
        List<Who> all = new ArrayList<>();
        for (Term item : items(term)) {
            all.add(read(item));
        }
        return List.copyOf(all);
    }

    private static List<Term> items(Term term) throws Fault {
        if (term instanceof Term.Listing listing && !listing.items().isEmpty()) {
            return listing.items();
        }
        throw Fault.expected("a list of at least one: [..., ...]", term);
    }
}
