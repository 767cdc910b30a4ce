// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.config.AddressRange;
import io.marquetry.api.config.Keys;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Which addresses may come: {@code deny 10.1.0.0/16, allow 10.0.0.0/8, deny all}. The first rule that fits counts; who
 * fits none may come.
 */
record AccessRules(List<Rule> rules) {
    /** No range is every address. */
    record Rule(boolean allow, List<AddressRange> range) {}

    static AccessRules read(Keys keys, String key) {
        String text = keys.string(key, "");
        List<Rule> rules = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            String[] words = part.trim().split("\\s+", -1);
            String verb = words[0].toLowerCase(Locale.ROOT);
            AddressRange range = words.length == 2 ? AddressRange.parse(words[1]) : null;
            boolean all = words.length == 2 && words[1].equalsIgnoreCase("all");
            if ((verb.equals("allow") || verb.equals("deny")) && (all || range != null)) {
                rules.add(new Rule(verb.equals("allow"), range == null ? List.of() : List.of(range)));
            } else if (!part.isBlank()) {
                keys.problem(
                        key,
                        text,
                        "rules parted by commas, each allow or deny and an address, a range or all, such as"
                                + " deny 10.1.0.0/16, allow 10.0.0.0/8, deny all; \"" + part.trim() + "\" is none");
                return new AccessRules(List.of(new Rule(false, List.of())));
            }
        }
        return new AccessRules(List.copyOf(rules));
    }

    boolean allows(InetAddress address) {
        for (Rule rule : rules) {
            if (rule.range.isEmpty() || AddressRange.anyContains(rule.range, address)) {
                return rule.allow;
            }
        }
        return true;
    }
}
