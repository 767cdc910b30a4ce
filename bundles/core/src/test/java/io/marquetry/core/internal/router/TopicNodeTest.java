// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicNodeTest {
    private static final int MANY = 300_000;

    private final RetainedNode root = new RetainedNode(null, new byte[0], 0);
    private final TopicLevels levels = new TopicLevels();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 2048, 2049, 5_000, MANY})
    void givenNode_whenChildrenComeAndGo_thenItHasThoseThatAreThere(int most) {
        List<RetainedNode> there = new ArrayList<>();
        Random random = new Random(most);
        for (int i = 0; i < most; i++) {
            there.add(added("name" + i));
        }
        assertThat(shown()).isEqualTo(Set.copyOf(there));

        while (there.size() > most / 2) {
            removeOne(there, random);
        }
        for (int i = 0; i < most / 3; i++) {
            there.add(added("again" + i));
        }

        assertThat(shown()).isEqualTo(Set.copyOf(there));
        assertThat(there)
                .allSatisfy(
                        child -> assertThat(child(child.name(), child.hash())).isSameAs(child));
        assertThat(child("never".getBytes(StandardCharsets.UTF_8), 7)).isNull();
        while (!there.isEmpty()) {
            removeOne(there, random);
        }
        assertThat(root.hasChildren()).isFalse();
    }

    @Test
    void givenNamesOfOneHash_whenTheyAreMany_thenEachIsFound() {
        List<RetainedNode> there = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            RetainedNode child = new RetainedNode(root, ("n" + i).getBytes(StandardCharsets.UTF_8), 42);
            root.add(child);
            there.add(child);
        }

        assertThat(there)
                .allSatisfy(child -> assertThat(child(child.name(), 42)).isSameAs(child));
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 2_000, 2_500, 50_000})
    void givenWalkUnderWay_whenTheNodeGrowsAndShrinks_thenWhoWasThereAllTheTimeIsShownOnce(int stay) {
        Set<RetainedNode> staying = new HashSet<>();
        for (int i = 0; i < stay; i++) {
            staying.add(added("stays" + i));
        }
        TopicNode.Walk<RetainedNode> walk = new TopicNode.Walk<>();
        walk.begin(root);
        Set<RetainedNode> shown = new HashSet<>();
        List<RetainedNode> passing = new ArrayList<>();
        Random random = new Random(stay);
        int next = 0;

        while (!walk.isAtEnd()) {
            RetainedNode child = walk.next();
            if (child != null && staying.contains(child)) {
                assertThat(shown.add(child)).isTrue();
            }
            if (next < MANY) {
                passing.add(added("passes" + next++));
            } else {
                removeOne(passing, random);
            }
        }

        assertThat(shown).isEqualTo(staying);
    }

    @Test
    void givenReader_whenTheNodeGrowsAndShrinks_thenItFindsWhatIsThereAllTheTime() {
        List<RetainedNode> staying = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            staying.add(added("stays" + i));
        }
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            List<RetainedNode> passing = new ArrayList<>();
            Random random = new Random(1);
            TopicLevels its = new TopicLevels();
            for (int i = 0; i < MANY / 3; i++) {
                its.read(("passes" + i).getBytes(StandardCharsets.UTF_8));
                RetainedNode child = new RetainedNode(root, its.name(0), its.hash(0));
                root.add(child);
                passing.add(child);
            }
            while (!passing.isEmpty()) {
                removeOne(passing, random);
            }
        });

        int missed = 0;
        int looked = 0;
        while (!writer.isDone() || looked == 0) {
            for (RetainedNode child : staying) {
                missed += child(child.name(), child.hash()) == child ? 0 : 1;
                looked++;
            }
        }

        writer.join();
        assertThat(missed).isZero();
    }

    private RetainedNode added(String name) {
        levels.read(name.getBytes(StandardCharsets.UTF_8));
        RetainedNode child = new RetainedNode(root, levels.name(0), levels.hash(0));
        root.add(child);
        return child;
    }

    private void removeOne(List<RetainedNode> from, Random random) {
        int i = random.nextInt(from.size());
        RetainedNode last = from.remove(from.size() - 1);
        root.remove(i == from.size() ? last : from.set(i, last));
    }

    private @Nullable RetainedNode child(byte[] name, int hash) {
        return root.child(name, 0, name.length, hash);
    }

    private Set<RetainedNode> shown() {
        Set<RetainedNode> shown = new HashSet<>();
        root.forEachChild(child -> assertThat(shown.add(child)).isTrue());
        return shown;
    }
}
