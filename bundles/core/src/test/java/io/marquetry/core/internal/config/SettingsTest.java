// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.config.Keys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SettingsTest {
    private static final Path CONF = Path.of("../../distribution/src/main/conf");
    private static final Pattern LINE = Pattern.compile("^#? ?([a-zA-Z0-9]+) = ?(.*)$");

    static Stream<Arguments> sections() {
        return Stream.of(
                Arguments.of(MqttSettings.PID, (Function<Keys, Object>) MqttSettings::read),
                Arguments.of(FlappingSettings.PID, (Function<Keys, Object>) FlappingSettings::read),
                Arguments.of(NodeSettings.PID, (Function<Keys, Object>) NodeSettings::read),
                Arguments.of(RetainedSettings.PID, (Function<Keys, Object>) RetainedSettings::read),
                Arguments.of(SysSettings.PID, (Function<Keys, Object>) SysSettings::read));
    }

    @ParameterizedTest
    @MethodSource("sections")
    void givenDeliveredFile_whenItsCommentedKeysAreSet_thenTheyAreAllKeysWithTheirDefaults(
            String pid, Function<Keys, Object> reader) throws Exception {
        Map<String, String> written = new LinkedHashMap<>();
        for (String line : Files.readAllLines(CONF.resolve(pid + ".cfg"))) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches()) {
                assertThat(written.put(matcher.group(1), matcher.group(2)))
                        .as(matcher.group(1))
                        .isNull();
            }
        }
        Keys defaults = new Keys(pid, Map.of());
        Object expected = reader.apply(defaults);

        Keys keys = new Keys(pid, written);
        Object read = reader.apply(keys);

        assertThat(keys.problems()).isEmpty();
        assertThat(keys.unknown()).isEmpty();
        assertThat(written.keySet()).containsExactlyInAnyOrderElementsOf(defaults.known());
        assertThat(read).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("sections")
    void givenEveryKeyChanged_whenRead_thenEveryComponentChanges(String pid, Function<Keys, Object> reader)
            throws Exception {
        Keys defaults = new Keys(pid, Map.of());
        Object expected = reader.apply(defaults);
        var components = expected.getClass().getRecordComponents();
        assertThat(components).extracting(c -> c.getName()).containsExactlyInAnyOrderElementsOf(defaults.known());
        for (var component : components) {
            Object before = component.getAccessor().invoke(expected);
            Map<String, String> one = new HashMap<>();
            one.put(component.getName(), other(component.getName(), before));
            Keys keys = new Keys(pid, one);

            Object after = component.getAccessor().invoke(reader.apply(keys));

            assertThat(keys.problems()).isEmpty();
            assertThat(after).as(component.getName()).isNotEqualTo(before);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "maxInflight, 0, a whole number from 1 to 65535",
        "maxInflight, many, a whole number from 1 to 65535",
        "maxInflight, 1.5, a whole number from 1 to 65535",
        "maxInflight, 99999999999999999999, a whole number from 1 to 65535",
        "maxQueueBytes, 1, a whole number from 1024 on",
        "maxQueueLength, -1, 'auto, or a whole number from 0 to 2147483647'",
        "maxQueueLength, many, 'auto, or a whole number from 0 to 2147483647'",
        "durability, quorum, 'one of auto, memory, os, disk'",
        "keepaliveMultiplier, 0.5, a number from 1.0 to 10.0",
        "keepaliveMultiplier, NaN, a number from 1.0 to 10.0",
        "strictMode, yes, true or false",
        "queueFull, newest, 'one of dropOldest, refuse'",
        "noMatch, maybe, 'one of auto, allow, deny'",
        "sharedSubscriptionStrategy, fair, 'one of random, roundRobin, roundRobinPerGroup, sticky, local, hashTopic, '",
        "sharedSubscriptionInitialStickyPick, sticky, 'one of random, local, hashTopic, hashClientid'",
        "sharedSubscriptionGroups, g:fair, 'GROUP:STRATEGY, '",
        "sharedSubscriptionGroups, g, 'GROUP:STRATEGY, '",
        "sharedSubscriptionGroups, :sticky, 'GROUP:STRATEGY, '",
        "sharedSubscriptionGroups, 'g:sticky,,h:random', 'GROUP:STRATEGY, '",
        "sharedSubscriptionGroups, 'g:sticky, g:random', 'GROUP:STRATEGY, '",
        "mqueuePriorities, a, 'TOPIC=PRIORITY, '",
        "mqueuePriorities, a=0, 'TOPIC=PRIORITY, '",
        "mqueuePriorities, a=256, 'TOPIC=PRIORITY, '",
        "mqueuePriorities, a/+=1, 'TOPIC=PRIORITY, '",
        "mqueuePriorities, =1, 'TOPIC=PRIORITY, '",
        "mqueuePriorities, 'a=1, a=2', 'TOPIC=PRIORITY, '",
        "mqueueDefaultPriority, 1, 'one of lowest, highest'",
        "responseInformation, r/${host}/, 'one of the placeholders [cert_common_name, '"
    })
    void givenWrongValue_whenRead_thenFileKeyValueAndWhatIsRightAreNamed(String key, String value, String expected) {
        Keys keys = new Keys(MqttSettings.PID, Map.of(key, value));

        MqttSettings read = MqttSettings.read(keys);

        assertThat(keys.problems()).hasSize(1);
        assertThat(keys.problems().get(0))
                .contains("conf/io.marquetry.core.mqtt.cfg", key + " = " + value, "expected " + expected);
        assertThat(read).isEqualTo(MqttSettings.defaults());
    }

    @ParameterizedTest
    @CsvSource({"auto, 1000, 0", "1000, 1000, 1000", "0, 0, 0", "5, 5, 5"})
    void givenQueueLength_whenNobodyHasSetIt_thenBytesAloneRuleForDurableSessions(String set, int others, int durable) {
        MqttSettings read = MqttSettings.read(new Keys(MqttSettings.PID, Map.of("maxQueueLength", set)));

        assertThat(read.maxQueueLength(false)).isEqualTo(others);
        assertThat(read.maxQueueLength(true)).isEqualTo(durable);
    }

    @Test
    void givenGroupsAndPriorities_whenRead_thenEachHasItsOwn() {
        Keys keys = new Keys(
                MqttSettings.PID,
                Map.of(
                        "sharedSubscriptionGroups", "a:sticky,b:x : hash_topic , c:roundRobinPerGroup",
                        "mqueuePriorities", "alarms/fire=255, a=b = 1"));

        MqttSettings read = MqttSettings.read(keys);

        assertThat(keys.problems()).isEmpty();
        assertThat(read.sharedSubscriptionGroups())
                .containsOnly(
                        Map.entry("a", SharedStrategy.STICKY),
                        Map.entry("b:x", SharedStrategy.HASH_TOPIC),
                        Map.entry("c", SharedStrategy.ROUND_ROBIN_PER_GROUP));
        assertThat(read.mqueuePriorities()).containsOnly(Map.entry("alarms/fire", 255), Map.entry("a=b", 1));
    }

    @Test
    void givenWordThatIsNoStrategy_whenRead_thenItAndEveryStrategyAreNamed() {
        Keys keys = new Keys(MqttSettings.PID, Map.of("sharedSubscriptionGroups", "a:sticky, b:fair"));

        MqttSettings.read(keys);

        assertThat(keys.problems().get(0))
                .contains("\"b:fair\"")
                .contains("random, round_robin, round_robin_per_group, sticky, local, hash_topic, hash_clientid");
    }

    @Test
    void givenUnknownKey_whenRead_thenItIsNamedAndTheContainersOwnAreNot() {
        Keys keys = new Keys(
                SysSettings.PID,
                Map.of("messageIntervall", "1", "service.pid", "x", "felix.fileinstall.filename", "y"));

        SysSettings.read(keys);

        assertThat(keys.unknown()).hasSize(1);
        assertThat(keys.unknown().get(0)).contains("messageIntervall", "messageIntervalSeconds");
    }

    @Test
    void givenNodeNameWithoutHost_whenRead_thenItIsRefusedInWords() {
        Keys keys = new Keys(NodeSettings.PID, Map.of("name", "no host"));

        NodeSettings.read(keys);

        assertThat(keys.problems()).hasSize(1);
        assertThat(keys.problems().get(0)).contains("conf/io.marquetry.core.node.cfg", "no host", "NAME@HOST");
    }

    /** Another value that is allowed. */
    private static String other(String key, Object value) {
        if (value instanceof Boolean flag) {
            return String.valueOf(!flag);
        } else if (value instanceof Double) {
            return "2.5";
        } else if (value instanceof Enum<?> word) {
            Object[] all = word.getDeclaringClass().getEnumConstants();
            return ((Enum<?>) all[(word.ordinal() + 1) % all.length]).name().toLowerCase(Locale.ROOT);
        } else if (value instanceof Map<?, ?>) {
            return key.endsWith("Groups") ? "g:sticky" : "alarms/fire=10";
        } else if (value instanceof ClientAttributes) {
            return "tenant: ${username}";
        } else if (value instanceof String || value instanceof Set<?>) {
            return key.equals("name") ? "other@host" : "other";
        }
        long number = ((Number) value).longValue();
        return String.valueOf(
                number == 65_535 || number == 4_294_967_295L || key.startsWith("maxQos") ? number - 1 : number + 1);
    }
}
