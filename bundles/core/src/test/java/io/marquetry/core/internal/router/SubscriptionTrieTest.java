// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.core.internal.loop.Epoch;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.testing.LoneSubscriber;
import io.marquetry.core.internal.testing.ManualLoops;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubscriptionTrieTest {
    private static final int LOOPS = 3;

    private final ManualLoops loops = new ManualLoops(LOOPS);
    private final List<Home> homes =
            loops.loops().stream().map(l -> new Home(l, loops::now)).toList();
    private final SubscriptionTrie trie = new SubscriptionTrie(LOOPS, new Epoch());
    private final SubscriptionTrie.Finder finder = trie.new Finder();

    @ParameterizedTest // [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.2-1] [MQTT-4.7.3-4]
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void givenRandomSubscriptions_whenTheyComeAndGo_thenMatchesAreThoseOfTheModel(long seed) {
        Random random = new Random(seed);
        List<Subscription> model = new ArrayList<>();
        for (int step = 0; step < 4_000; step++) {
            if (model.isEmpty() || random.nextInt(100) < 52) {
                Subscription added = subscription(randomFilter(random), random.nextInt(LOOPS));
                trie.add(added);
                model.add(added);
            } else {
                trie.remove(model.remove(random.nextInt(model.size())));
            }
            if (step % 5 == 0) {
                String topic = randomTopic(random);
                assertThat(found(topic)).as(topic).isEqualTo(expected(model, topic));
            }
        }
        assertThat(trie.filters()).isEqualTo((int)
                model.stream().map(s -> s.filter().filter()).distinct().count());

        model.forEach(trie::remove);

        assertThat(trie.filters()).isZero();
        assertThat(trie.list(10)).isEmpty();
        assertThat(found("a/b/c")).isEmpty();
    }

    @Test
    void givenCachedMatch_whenOnlyMoreSubscribersOfALoopCome_thenItStaysGood() {
        trie.add(subscription("a/+", 1));
        Match match = finder.match(bytes("a/b"), 3);

        trie.add(subscription("a/+", 1));

        assertThat(match.version).isEqualTo(trie.version());
        trie.add(subscription("a/+", 2));
        assertThat(match.version).isNotEqualTo(trie.version());
    }

    @Test
    void givenCachedMatchOfNobody_whenSomeoneSubscribes_thenItIsOld() {
        Match match = finder.match(bytes("a"), 1);
        assertThat(match.isEmpty()).isTrue();

        trie.add(subscription("#", 0));

        assertThat(match.version).isNotEqualTo(trie.version());
        assertThat(finder.match(bytes("a"), 1).nodes).hasSize(1);
    }

    @Test
    void givenSharedGroup_whenTheLastMemberLeaves_thenMatchesOfItAreOld() {
        Subscription one = subscription("$share/g/a", 0);
        Subscription two = subscription("$share/g/a", 1);
        trie.add(one);
        trie.add(two);
        Match match = finder.match(bytes("a"), 1);
        trie.remove(one);
        assertThat(match.version).isEqualTo(trie.version());

        trie.remove(two);

        assertThat(match.version).isNotEqualTo(trie.version());
        assertThat(finder.match(bytes("a"), 1).isEmpty()).isTrue();
    }

    @Test
    void givenReadersOnOtherThreads_whenOneWriterChanges_thenWhatStaysIsAlwaysFound() throws Exception {
        Subscription stays = subscription("stays/here", 0);
        trie.add(stays);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<String> fault = new AtomicReference<>();
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Thread reader = new Thread(() -> {
                SubscriptionTrie.Finder own = trie.new Finder();
                byte[] topic = bytes("stays/here");
                while (!stop.get()) {
                    Match match = own.match(topic, topic.length);
                    boolean found = false;
                    for (SubscriptionNode node : match.nodes) {
                        found |= node == stays.node;
                    }
                    if (!found) {
                        fault.set("a subscription that was there was not found");
                        return;
                    }
                }
            });
            reader.start();
            readers.add(reader);
        }
        Random random = new Random(7);
        List<Subscription> others = new ArrayList<>();
        long end = System.nanoTime() + 1_000_000_000L;
        while (System.nanoTime() < end) {
            if (others.size() < 300 && random.nextInt(3) > 0) {
                Subscription added = subscription("stays/" + random.nextInt(200), random.nextInt(LOOPS));
                trie.add(added);
                others.add(added);
            } else if (!others.isEmpty()) {
                trie.remove(others.remove(random.nextInt(others.size())));
            }
        }
        stop.set(true);
        for (Thread reader : readers) {
            reader.join();
        }

        assertThat(fault.get()).isNull();
    }

    @Test
    void givenSubscribersOfOneNode_whenTheyComeAndGo_thenTheSetHasNoHoles() {
        Random random = new Random(3);
        SubscriberSet set = new SubscriberSet();
        List<Subscription> model = new ArrayList<>();
        for (int step = 0; step < 5_000; step++) {
            if (model.isEmpty() || random.nextInt(100) < (step < 2_500 ? 60 : 40)) {
                Subscription added = subscription("a", 0);
                set.add(added);
                model.add(added);
            } else {
                Subscription removed = model.remove(random.nextInt(model.size()));
                set.remove(removed);
                assertThat(removed.index).isEqualTo(-1);
            }
        }
        Set<Subscription> held = new HashSet<>();
        for (int i = 0; i < set.size(); i++) {
            assertThat(set.get(i).index).isEqualTo(i);
            held.add(set.get(i));
        }
        assertThat(held).isEqualTo(new HashSet<>(model)).hasSize(set.size());
    }

    private Subscription subscription(String filter, int loop) {
        return new Subscription(new LoneSubscriber(homes.get(loop)), TopicFilter.parse(filter));
    }

    private Set<Subscription> found(String topic) {
        Set<Subscription> result = new HashSet<>();
        finder.find(bytes(topic), bytes(topic).length);
        for (int i = 0; i < finder.count(); i++) {
            SubscriptionNode node = finder.nodes()[i];
            for (int loop = 0; loop < LOOPS; loop++) {
                Subscription only = node.only(loop);
                SubscriberSet set = node.set(loop);
                assertThat(only == null || set == null).isTrue();
                if (only != null) {
                    assertThat(result.add(only)).isTrue();
                }
                for (int j = 0; set != null && j < set.size(); j++) {
                    assertThat(result.add(set.get(j))).isTrue();
                }
                boolean some = only != null || (set != null && set.size() > 0);
                assertThat((node.mask() & 1L << loop) != 0).isEqualTo(some);
            }
        }
        return result;
    }

    private static Set<Subscription> expected(List<Subscription> model, String topic) {
        Set<Subscription> result = new HashSet<>();
        for (Subscription subscription : model) {
            if (subscription.filter().matches(topic)) {
                result.add(subscription);
            }
        }
        return result;
    }

    private static String randomFilter(Random random) {
        int levels = 1 + random.nextInt(4);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < levels; i++) {
            if (i > 0) {
                text.append('/');
            }
            int kind = random.nextInt(10);
            if (kind == 0) {
                return text.append('#').toString();
            }
            text.append(kind < 3 ? "+" : level(random));
        }
        return text.isEmpty() ? "+" : text.toString();
    }

    private static String randomTopic(Random random) {
        StringBuilder text = new StringBuilder(level(random));
        for (int i = random.nextInt(4); i > 0; i--) {
            text.append('/').append(level(random));
        }
        return text.isEmpty() ? "a" : text.toString();
    }

    private static String level(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> "";
            case 1 -> "$s";
            case 2 -> "\u00e4".repeat(1 + random.nextInt(2));
            default -> "" + random.nextInt(12);
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
