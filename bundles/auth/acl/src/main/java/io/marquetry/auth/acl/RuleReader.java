// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.AccessRule.Scope;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.mqtt.QoS;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes a rule of a term: {@code {allow, Who, Action, Topics}}, of which the last two can be left out. */
final class RuleReader {
    /** What a rule speaks about, but for the topic. */
    private record What(Scope scope, Set<QoS> qos, @Nullable Boolean retain) {}

    private static final String EXACT = "eq ";

    private RuleReader() {}

    static List<Rule> read(Source source) throws Fault {
        List<Rule> rules = new ArrayList<>();
        for (TermParser.Clause clause : TermParser.parse(source.text())) {
            rules.add(rule(clause.term(), source.rule(clause.from(), clause.to())));
        }
        return rules;
    }

    private static Rule rule(Term term, String written) throws Fault {
        if (!(term instanceof Term.Tuple tuple)
                || tuple.parts().size() < 2
                || tuple.parts().size() > 4) {
            throw Fault.expected("{allow, WHO}, {allow, WHO, ACTION} or {allow, WHO, ACTION, TOPICS}, or deny", term);
        }
        List<Term> parts = tuple.parts();
        Decision decision = switch (tuple.name()) {
            case "allow" -> new Decision.Allow(written);
            case "deny" -> new Decision.Deny(written);
            default -> throw Fault.expected("allow or deny", parts.get(0));
        };
        Who who = WhoReader.read(parts.get(1));
        What what = parts.size() > 2 ? what(parts.get(2)) : new What(Scope.ALL, Set.of(), null);
        List<AccessRule> topics = new ArrayList<>();
        List<String> filters = new ArrayList<>();
        boolean anyTopic = parts.size() < 4;
        if (anyTopic) {
            topics.add(new AccessRule(decision, what.scope, "#", what.qos, what.retain));
        } else {
            for (Term topic : topics(parts.get(3))) {
                topics.add(accessRule(decision, what, topic));
                filters.add(filter(topic).replaceFirst("^" + EXACT, ""));
            }
        }
        Decision undecidable = new Decision.Deny(written + " (its regular expression gave up on what the client sent)");
        return new Rule(who, List.copyOf(topics), List.copyOf(filters), anyTopic, decision, undecidable);
    }

    private static List<Term> topics(Term term) throws Fault {
        if (term instanceof Term.Listing list && !list.items().isEmpty()) {
            return list.items();
        }
        throw Fault.expected("a list of topics such as [\"a/${clientid}/#\", {eq, \"#\"}]", term);
    }

    /** The topic as an {@link AccessRule} takes it. */
    private static String filter(Term topic) throws Fault {
        if (topic instanceof Term.Text text) {
            return text.value();
        }
        if (topic instanceof Term.Tuple tuple
                && tuple.name().equals("eq")
                && tuple.parts().size() == 2
                && tuple.parts().get(1) instanceof Term.Text text) {
            return EXACT + text.value();
        }
        throw Fault.expected("a topic in quotes or {eq, \"TOPIC\"}", topic);
    }

    private static AccessRule accessRule(Decision decision, What what, Term topic) throws Fault {
        String filter = filter(topic);
        try {
            return new AccessRule(decision, what.scope, filter, what.qos, what.retain);
        } catch (IllegalArgumentException e) {
            throw new Fault(topic.at(), String.valueOf(e.getMessage()));
        }
    }

    private static What what(Term term) throws Fault {
        if (!(term instanceof Term.Tuple tuple)) {
            return new What(scope(term), Set.of(), null);
        }
        if (tuple.parts().size() != 2 || !(tuple.parts().get(1) instanceof Term.Listing options)) {
            throw Fault.expected("an action such as publish, or {publish, [{qos, 1}, {retain, false}]}", tuple);
        }
        Scope scope = scope(tuple.parts().get(0));
        Set<QoS> qos = EnumSet.noneOf(QoS.class);
        Boolean retain = null;
        for (Term option : options.items()) {
            if (!(option instanceof Term.Tuple pair) || pair.parts().size() != 2) {
                throw Fault.expected("{qos, 0} or {retain, true}", option);
            }
            Term value = pair.parts().get(1);
            switch (pair.name()) {
                case "qos" -> qos.addAll(qos(value));
                case "retain" -> {
                    if (scope == Scope.SUBSCRIBE) {
                        throw new Fault(pair.at(), "expected no {retain, ...}: a subscription has none");
                    }
                    retain = retain(value);
                }
                default -> throw Fault.expected("{qos, 0} or {retain, true}", pair);
            }
        }
        return new What(scope, qos, retain);
    }

    private static Scope scope(Term term) throws Fault {
        if (term instanceof Term.Atom atom) {
            try {
                return Scope.parse(atom.name());
            } catch (IllegalArgumentException e) {
                throw new Fault(term.at(), String.valueOf(e.getMessage()));
            }
        }
        throw Fault.expected("one of the actions publish, subscribe and all", term);
    }

    private static Set<QoS> qos(Term term) throws Fault {
        List<Term> items = term instanceof Term.Listing list ? list.items() : List.of(term);
        Set<QoS> found = EnumSet.noneOf(QoS.class);
        for (Term item : items) {
            if (!(item instanceof Term.Whole number) || number.value() < 0 || number.value() > 2) {
                throw Fault.expected("a QoS of 0, 1 or 2, or a list of them", item);
            }
            found.add(QoS.values()[(int) number.value()]);
        }
        if (found.isEmpty()) {
            throw Fault.expected("a QoS of 0, 1 or 2, or a list of them", term);
        }
        return found;
    }

    private static @Nullable Boolean retain(Term term) throws Fault {
        if (term instanceof Term.Atom atom) {
            switch (atom.name()) {
                case "true":
                    return true;
                case "false":
                    return false;
                case "all":
                    return null;
                default:
                    break;
            }
        }
        throw Fault.expected("true, false or all", term);
    }
}
