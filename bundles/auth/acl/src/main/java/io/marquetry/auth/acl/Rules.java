// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All rules of a file, of which the first that speaks about an action decides. Rules of one user or one client, of
 * which there are often as many as devices, are found by the name, the others by the topic. Immutable; asked by many
 * loops at once.
 */
final class Rules {
    private static final int[] NONE = {};

    private final Rule[] rules;
    private final TopicIndex general = new TopicIndex();
    private final Map<String, int[]> ofUser = new HashMap<>();
    private final Map<String, int[]> ofClient = new HashMap<>();
    private final @Nullable Decision always;

    Rules(List<Rule> all) {
        rules = all.toArray(Rule[]::new);
        Map<String, List<Integer>> users = new HashMap<>();
        Map<String, List<Integer>> clients = new HashMap<>();
        for (int i = 0; i < rules.length; i++) {
            if (rules[i].who() instanceof Who.User user) {
                users.computeIfAbsent(user.name(), name -> new ArrayList<>()).add(i);
            } else if (rules[i].who() instanceof Who.Client client) {
                clients.computeIfAbsent(client.id(), id -> new ArrayList<>()).add(i);
            } else {
                index(rules[i], i);
            }
        }
        users.forEach((name, numbers) -> ofUser.put(name, array(numbers)));
        clients.forEach((id, numbers) -> ofClient.put(id, array(numbers)));
        always = null;
    }

    private void index(Rule rule, int number) {
        if (rule.anyTopic()) {
            general.addAny(number);
        } else {
            rule.filters().forEach(filter -> general.add(filter, number));
        }
    }

    private Rules(Decision always) {
        this.rules = new Rule[0];
        this.always = always;
    }

    /** No rules that can be understood: nobody may do anything. */
    static Rules denying(String reason) {
        return new Rules(new Decision.Deny(reason));
    }

    private static int[] array(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    int size() {
        return rules.length;
    }

    /** {@link Decision#ABSTAIN} when no rule speaks about it. */
    Decision decide(ClientInfo client, Action action, String topic) {
        if (always != null) {
            return always;
        }
        String username = client.username();
        int[] user = username == null ? NONE : ofUser.getOrDefault(username, NONE);
        int[] own = ofClient.getOrDefault(client.clientId(), NONE);
        int[] others = general.find(topic);
        Asker asker = Asker.of(client);
        int g = 0;
        int u = 0;
        int o = 0;
        while (true) {
            // The three lists are in the order of the file: what stands first there is next.
            int next = Math.min(at(others, g), Math.min(at(user, u), at(own, o)));
            if (next == Integer.MAX_VALUE) {
                return Decision.ABSTAIN;
            }
            Decision decision = rules[next].decide(asker, action, topic);
            if (decision != null) {
                return decision;
            }
            while (at(others, g) == next) { // once for each of its topics
                g++;
            }
            if (at(user, u) == next) {
                u++;
            }
            if (at(own, o) == next) {
                o++;
            }
        }
    }

    private static int at(int[] numbers, int index) {
        return index < numbers.length ? numbers[index] : Integer.MAX_VALUE;
    }
}
