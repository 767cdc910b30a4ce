// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.core.internal.testing.HeapStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PagesTest {
    private final HeapStore store = new HeapStore();
    /** What is there when somebody looks; the last one stays. */
    private final Queue<Store> there = new ArrayDeque<>();

    private final Pages pages = new Pages(() -> there.size() > 1 ? there.remove() : there.element(), () -> 0, () -> 0);
    private final List<String> told = new ArrayList<>();

    @BeforeEach
    void readAtOnce() {
        pages.readers(Runnable::run);
        there.add(store);
        store.unreadable("it is closed");
    }

    @Test
    void givenStoreThatCannotBeRead_whenAPageIsWanted_thenItFails() {
        pages.read(1, 0, 10, 10, Runnable::run, new Told());

        assertThat(told).containsExactly("failed: it is closed");
    }

    @Test
    void givenStoreThatIsReplacedWhileItIsRead_whenThatFails_thenItIsGone() {
        there.add(new HeapStore());

        pages.read(1, 0, 10, 10, Runnable::run, new Told());

        assertThat(told).containsExactly("gone");
    }

    private final class Told implements Pages.Taker {
        @Override
        public void read(Pages.Page page) {
            told.add("page");
        }

        @Override
        public void failed(StoreException problem) {
            told.add("failed: " + problem.getMessage());
        }

        @Override
        public void gone() {
            told.add("gone");
        }
    }
}
