// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Whatever stands in the file: it is rules, or a mistake with a place in the text and a sentence. Runs for
 * {@code -Dfuzz.seconds}; {@code -Dfuzz.seed} repeats a run.
 */
class ParserFuzzTest {
    private static final String[] PIECES = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ".",
        "\"",
        "'",
        "<<",
        ">>",
        "%",
        "\n",
        " ",
        "\\",
        "\\x{",
        "-",
        "1",
        "99999999999",
        "allow",
        "deny",
        "all",
        "publish",
        "subscribe",
        "pubsub",
        "user",
        "client",
        "ipaddr",
        "ipaddrs",
        "eq",
        "re",
        "and",
        "'and'",
        "'or'",
        "client_attr",
        "listener",
        "zone",
        "qos",
        "retain",
        "true",
        "\"a/#\"",
        "\"a/+/b\"",
        "\"${clientid}\"",
        "\"%u\"",
        "\"10.0.0.0/8\"",
        "\"(a+)+$\"",
        "\"[\"",
        "/utf8",
        "\u00e4",
        "\uD83D\uDE00",
        "\0",
        "{allow, all}.",
        "{deny, {user, \"x\"}, all, [\"#\"]}.",
        "\uFEFF",
        "\t",
        "$",
        "${",
        "\r\n"
    };

    private final long seed = Long.getLong("fuzz.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private int understood;

    @Test
    void givenAnything_whenRead_thenItIsRulesOrAMistakeWithAPlace() {
        long seconds = Long.getLong("fuzz.seconds", 3);
        System.out.println("ParserFuzzTest: -Dfuzz.seed=" + seed + " -Dfuzz.seconds=" + seconds);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);

        while (System.nanoTime() - end < 0) {
            for (int i = 0; i < 500; i++) {
                read(i % 2 == 0 ? soup() : damaged());
            }
        }

        assertThat(understood).as("texts that were rules, seed " + seed).isPositive();
    }

    private void read(String text) {
        Source source = new Source("f", text);
        try {
            new Rules(RuleReader.read(source));
            understood++;
        } catch (Fault e) {
            assertThat(e.at()).as("place, seed " + seed).isBetween(0, text.length());
            assertThat(source.place(e.at())).matches("f:[0-9]+:[0-9]+");
            assertThat(e).hasMessageStartingWith("expected ");
        } catch (RuntimeException | StackOverflowError e) {
            fail("seed " + seed + ", text: " + text, e);
        }
    }

    private String soup() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(25); i > 0; i--) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return text.toString();
    }

    private String damaged() {
        StringBuilder text = new StringBuilder("""
                %% rules
                {allow, {'and', [{user, {re, "^a"}}, {ipaddrs, ["10.0.0.0/8", "::1"]}]}, {publish, [{qos, [0, 1]}]}, ["a/+", {eq, "#"}]}.
                {deny, {client_attr, "a", <<"b"/utf8>>}, subscribe, ["x/${clientid}/%u"]}.
                {deny, all}.
                """);
        for (int i = random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(3)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, PIECES[random.nextInt(PIECES.length)]);
                default -> text.setCharAt(at, (char) random.nextInt(256));
            }
        }
        return text.toString();
    }
}
