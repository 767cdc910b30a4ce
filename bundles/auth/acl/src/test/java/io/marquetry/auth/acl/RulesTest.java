// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RulesTest {
    private static final Action PUBLISH = new Action.Publish(QoS.AT_MOST_ONCE, false);
    private static final Action SUBSCRIBE = new Action.Subscribe(QoS.AT_MOST_ONCE);

    private static Rules rules(String text) throws Fault {
        return new Rules(RuleReader.read(new Source("acl.conf", text)));
    }

    private static ClientInfo client(String id, String user, String address) {
        return new ClientInfo(
                id,
                user,
                ProtocolVersion.MQTT_5,
                address == null ? null : new InetSocketAddress(address, 4711),
                "tcp:default",
                true,
                60,
                0,
                null,
                "",
                false,
                Map.of("site", "north"));
    }

    private static String decision(String text, Action action, String topic) throws Fault {
        Decision decision = rules(text).decide(client("c1", "u1", "10.1.2.3"), action, topic);
        return decision.getClass().getSimpleName();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "all                                       | Allow",
                "{user, \"u1\"}                            | Allow",
                "{username, \"u2\"}                        | Abstain",
                "{user, {re, \"^u[0-9]$\"}}                | Allow",
                "{user, {re, \"^x\"}}                      | Abstain",
                "{user, all}                               | Allow",
                "{client, \"c1\"}                          | Allow",
                "{clientid, <<\"c2\">>}                    | Abstain",
                "{clientid, {re, \"1\"}}                   | Allow",
                "{ipaddr, \"10.0.0.0/8\"}                  | Allow",
                "{ipaddr, \"11.0.0.0/8\"}                  | Abstain",
                "{ipaddrs, [\"::1\", \"10.1.2.3\"]}        | Allow",
                "{client_attr, \"site\", \"north\"}        | Allow",
                "{client_attr, \"site\", {re, \"south\"}}  | Abstain",
                "{client_attr, \"floor\", \"1\"}           | Abstain",
                "{listener, \"tcp:default\"}               | Allow",
                "{listener, \"ssl:default\"}               | Abstain",
                "{'and', [{user, \"u1\"}, {client, \"c1\"}]} | Allow",
                "{'and', [{user, \"u1\"}, {client, \"c2\"}]} | Abstain",
                "{'or', [{user, \"u2\"}, {client, \"c1\"}]}  | Allow",
                "{'or', [{user, \"u2\"}, {client, \"c2\"}]}  | Abstain"
            })
    void givenWho_whenAsked_thenItSpeaksAboutThoseAlone(String who, String expected) throws Fault {
        assertThat(decision("{allow, " + who + ", publish, [\"t\"]}.", PUBLISH, "t"))
                .isEqualTo(expected);
    }

    @Test
    void givenClientWithoutUserAndAddress_whenAsked_thenRulesOfThemDoNotSpeakAboutIt() throws Fault {
        Rules rules = rules("{deny, {user, {re, \"\"}}}. {deny, {ipaddr, \"0.0.0.0/0\"}}. {deny, {user, \"u\"}}.");

        assertThat(rules.decide(client("c", null, null), PUBLISH, "t")).isEqualTo(Decision.ABSTAIN);
    }

    @Test
    void givenActionWithQosAndRetain_whenAsked_thenOnlyThatIsMeant() throws Fault {
        String text = "{allow, all, {publish, [{qos, [1, 2]}, {retain, false}]}, [\"t\"]}.";

        assertThat(decision(text, new Action.Publish(QoS.AT_LEAST_ONCE, false), "t"))
                .isEqualTo("Allow");
        assertThat(decision(text, new Action.Publish(QoS.AT_MOST_ONCE, false), "t"))
                .isEqualTo("Abstain");
        assertThat(decision(text, new Action.Publish(QoS.AT_LEAST_ONCE, true), "t"))
                .isEqualTo("Abstain");
        assertThat(decision(text, new Action.Subscribe(QoS.AT_LEAST_ONCE), "t")).isEqualTo("Abstain");
        assertThat(decision("{allow, all, pubsub, [\"t\"]}.", SUBSCRIBE, "t")).isEqualTo("Allow");
        assertThat(decision("{deny, all, {all, [{qos, 0}]}}.", SUBSCRIBE, "t")).isEqualTo("Deny");
    }

    @Test
    void givenTopics_whenAsked_thenPlaceholdersWildcardsAndExactOnesAreUnderstood() throws Fault {
        String text =
                "{allow, all, all, [\"d/${clientid}/#\", \"e/%u/%c\", {eq, \"f/#\"}, \"s/${client_attrs.site}\"]}.";

        assertThat(decision(text, PUBLISH, "d/c1/x")).isEqualTo("Allow");
        assertThat(decision(text, PUBLISH, "d/c2/x")).isEqualTo("Abstain");
        assertThat(decision(text, PUBLISH, "e/u1/c1")).isEqualTo("Allow");
        assertThat(decision(text, SUBSCRIBE, "f/#")).isEqualTo("Allow");
        assertThat(decision(text, SUBSCRIBE, "f/x")).isEqualTo("Abstain");
        assertThat(decision(text, SUBSCRIBE, "s/north")).isEqualTo("Allow");
    }

    @Test
    void givenClientWhoseNameIsAWildcard_whenAsked_thenItGetsNothingByIt() throws Fault {
        Rules rules = rules("{allow, all, all, [\"d/${clientid}/#\"]}.");

        assertThat(rules.decide(client("+", "u", "10.0.0.1"), SUBSCRIBE, "d/+/#"))
                .isEqualTo(Decision.ABSTAIN);
    }

    @Test
    void givenRuleWithoutTopics_whenAsked_thenItSpeaksAboutEveryTopic() throws Fault {
        assertThat(decision("{deny, all}.", SUBSCRIBE, "$SYS/#")).isEqualTo("Deny");
        assertThat(decision("{deny, all}.", PUBLISH, "$SYS/x")).isEqualTo("Deny");
        assertThat(decision("{deny, all, subscribe}.", PUBLISH, "x")).isEqualTo("Abstain");
        assertThat(decision("{allow, all, all, [\"#\"]}.", PUBLISH, "$SYS/x")).isEqualTo("Abstain");
    }

    @Test
    void givenRulesOfUserClientAndAll_whenAsked_thenTheFirstOfTheFileDecidesAndIsNamed() throws Fault {
        Rules rules = rules("""
                {deny, {user, "other"}}.
                {allow, all, all, ["a"]}.
                {deny, {client, "c1"}, all, ["a", "b"]}.
                {allow, {user, "u1"},
                   publish, ["b", "c"]}.
                {deny, all}.
                """);
        ClientInfo client = client("c1", "u1", "10.0.0.1");

        assertThat(rules.decide(client, PUBLISH, "a"))
                .isEqualTo(new Decision.Allow("acl.conf:2 {allow, all, all, [\"a\"]}."));
        assertThat(rules.decide(client, PUBLISH, "b"))
                .isEqualTo(new Decision.Deny("acl.conf:3 {deny, {client, \"c1\"}, all, [\"a\", \"b\"]}."));
        assertThat(rules.decide(client, PUBLISH, "c"))
                .isEqualTo(new Decision.Allow("acl.conf:4 {allow, {user, \"u1\"}, publish, [\"b\", \"c\"]}."));
        assertThat(rules.decide(client, PUBLISH, "d")).isEqualTo(new Decision.Deny("acl.conf:6 {deny, all}."));
    }

    @Test
    void givenExpressionThatGivesUp_whenAsked_thenTheAnswerIsNo() throws Fault {
        Rules rules = rules("{allow, {client, {re, \"^(a+)+$\"}}}. {allow, all}.");

        Decision decision = rules.decide(client("a".repeat(5_000) + "b", null, null), PUBLISH, "t");

        assertThat(decision).isInstanceOf(Decision.Deny.class).asString().contains("gave up");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "allow. | 1:1 | expected {allow, WHO}",
                "{permit, all}. | 1:2 | expected allow or deny, got permit",
                "{allow, nobody}. | 1:9 | expected all, {user, \"NAME\"}",
                "{allow, {user, 5}}. | 1:16 | expected a \"text\" or {re, \"REGULAR EXPRESSION\"}, got 5",
                "{allow, {user}}. | 1:9 | expected {user, VALUE}, got {user}",
                "{allow, {user, {re, \"(\"}}}. | 1:21 | expected a regular expression, got \"(\"",
                "{allow, {ipaddr, \"10.0.0.0/33\"}}. | 1:18 | expected an address such as",
                "{allow, {ipaddr, \"localhost\"}}. | 1:18 | expected an address such as",
                "{allow, {ipaddrs, []}}. | 1:19 | expected a list of at least one",
                "{allow, {zone, \"default\"}}. | 1:9 | expected no {zone, ...}: there are no zones here",
                "{allow, {security_profile, legacy}}. | 1:9 | expected no {security_profile, ...}",
                "{allow, all, read}. | 1:14 | expected one of the actions publish, subscribe and all, got \"read\"",
                "{allow, all, {publish, [{qos, 3}]}}. | 1:31 | expected a QoS of 0, 1 or 2",
                "{allow, all, {subscribe, [{retain, true}]}}. | 1:27 | expected no {retain, ...}",
                "{allow, all, {publish, [{dup, true}]}}. | 1:25 | expected {qos, 0} or {retain, true}",
                "{allow, all, all, []}. | 1:19 | expected a list of topics such as",
                "{allow, all, all, \"a\"}. | 1:19 | expected a list of topics such as",
                "{allow, all, all, [\"a/#/b\"]}. | 1:20 | expected # to fill a whole level",
                "{allow, all, all, [\"a/${zone}\"]}. | 1:20 | expected one of the placeholders",
                "{allow, all, all, [{eq, 1}]}. | 1:20 | expected a topic in quotes or {eq, \"TOPIC\"}"
            })
    void givenMistake_whenRead_thenPlaceAndExpectationAreNamed(String text, String place, String sentence) {
        Fault fault = catchThrowableOfType(Fault.class, () -> rules(text));

        assertThat(new Source("f", text).place(fault.at())).isEqualTo("f:" + place);
        assertThat(fault).hasMessageStartingWith(sentence);
    }

    @Test
    void givenTheRulesOfTheJar_whenRead_thenTheyAllowNothingButALookFromThisMachine() throws Exception {
        Rules rules;
        try (InputStream in = RulesTest.class.getResourceAsStream("acl.conf")) {
            rules = rules(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }

        assertThat(rules.decide(client("c", "u", "127.0.0.1"), SUBSCRIBE, "$SYS/#"))
                .isInstanceOf(Decision.Allow.class);
        assertThat(rules.decide(client("c", "u", "10.0.0.1"), SUBSCRIBE, "$SYS/#"))
                .isInstanceOf(Decision.Deny.class);
        assertThat(rules.decide(client("c", "u", "10.0.0.1"), SUBSCRIBE, "#")).isInstanceOf(Decision.Deny.class);
        assertThat(rules.decide(client("c", "u", "127.0.0.1"), PUBLISH, "a")).isEqualTo(Decision.ABSTAIN);
    }

    @Test
    void givenRandomRulesAndTopics_whenAsked_thenTheIndexFindsWhatAWalkOverAllFinds() throws Fault {
        long seed = Long.getLong("fuzz.seed", System.nanoTime());
        Random random = new Random(seed);
        String[] levels = {"a", "b", "+", "${clientid}", "x-%u", "", "$SYS", "c1", "l"};
        String[] people = {"all", "{user, \"u1\"}", "{client, \"c1\"}", "{ipaddr, \"10.0.0.0/8\"}"};
        for (int round = 0; round < 300; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 12; i++) {
                String topics = "\"" + path(random, levels) + "\", {eq, \"" + path(random, levels) + "\"}";
                text.append(random.nextBoolean() ? "{allow, " : "{deny, ")
                        .append(people[random.nextInt(people.length)])
                        .append(random.nextInt(12) == 0 ? "}.\n" : ", all, [" + topics + "]}.\n");
            }
            List<Rule> rules = RuleReader.read(new Source("acl.conf", text.toString()));
            ClientInfo client = client("c1", "u1", "10.0.0.1");

            for (int i = 0; i < 50; i++) {
                String topic = path(random, levels).replace("${clientid}", "c1").replace("%u", "u1");

                Decision expected = rules.stream()
                        .map(rule -> rule.decide(Asker.of(client), SUBSCRIBE, topic))
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(Decision.ABSTAIN);

                assertThat(new Rules(rules).decide(client, SUBSCRIBE, topic))
                        .as("seed " + seed + ", topic " + topic + ", rules\n" + text)
                        .isEqualTo(expected);
            }
        }
    }

    private static String path(Random random, String[] levels) {
        String path = IntStream.rangeClosed(0, random.nextInt(random.nextInt(20) == 0 ? 20 : 3))
                .mapToObj(i -> levels[random.nextInt(levels.length)])
                .collect(Collectors.joining("/"));
        return random.nextInt(3) == 0 || path.isEmpty() ? (path.isEmpty() ? "#" : path + "/#") : path;
    }

    @Test
    void givenTwoThousandRulesOfUsers_whenAsked_thenOnlyThoseOfTheUserAreLookedAt() throws Fault {
        String text = IntStream.range(0, 2_000)
                .mapToObj(i -> "{allow, {user, \"u" + i + "\"}, all, [\"t/" + i + "\"]}.")
                .collect(Collectors.joining("\n"));

        Rules rules = rules(text + "\n{deny, all}.");

        assertThat(rules.decide(client("c", "u1999", null), PUBLISH, "t/1999"))
                .isEqualTo(new Decision.Allow("acl.conf:2000 {allow, {user, \"u1999\"}, all, [\"t/1999\"]}."));
        assertThat(rules.decide(client("c", "u1999", null), PUBLISH, "t/1998")).isInstanceOf(Decision.Deny.class);
    }
}
