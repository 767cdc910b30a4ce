// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import io.marquetry.core.internal.config.RetainedSettings;
import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.testing.HeapStore;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RetainedRecoveryTest {
    private static final long DAY = 86_400_000;

    private final HeapStore store = new HeapStore();
    private final Budget budget = new Budget();
    /** One whose clock began long ago, and one whose clock began just now. */
    private final RetainedMessages before =
            new RetainedMessages(new RetainedSettings(0, 0, 100), () -> 50 * DAY, () -> 1000 * DAY, new Budget());

    private final RetainedMessages after =
            new RetainedMessages(new RetainedSettings(3, 0, 100), () -> -7, () -> 1000 * DAY + 60_000, budget);

    @Test
    void givenExpiry_whenTheBrokerWasDownMeanwhile_thenTheTimeCounts() throws StoreException {
        retain("gone", "1", 50 * DAY + 60_000);
        retain("left", "1", 50 * DAY + 60_001);
        retain("never", "1", Publication.NEVER);

        after.recover(store);
        store.commit();

        assertThat(after.find(bytes("gone"))).isNull();
        assertThat(after.find(bytes("left"))).extracting(Publication::expiresAt).isEqualTo(-7L + 1);
        assertThat(after.find(bytes("never")))
                .extracting(Publication::expiresAt)
                .isEqualTo(Publication.NEVER);
        assertThat(after.count()).isEqualTo(2);
        assertThat(store.size(Table.RETAINED)).isEqualTo(2);
    }

    @Test
    void givenStoredMessages_whenRecovered_thenCountBytesAndBudgetAreThoseOfThem() throws StoreException {
        retain("a/b", "1", Publication.NEVER);
        retain("a/c", "12345", Publication.NEVER);

        after.recover(store);

        assertThat(after.count()).isEqualTo(2);
        assertThat(after.bytes()).isEqualTo(before.bytes());
        assertThat(budget.bytes()).isEqualTo(before.bytes());
    }

    @Test
    void givenMoreThanTheBounds_whenRecovered_thenAllAreKeptAndNoNewOneIsTaken() throws StoreException {
        for (int i = 0; i < 5; i++) {
            retain("t/" + i, "v", Publication.NEVER);
        }

        after.recover(store);

        assertThat(after.count()).isEqualTo(5);
        assertThat(after.accepts(publication("new", "v", Publication.NEVER))).isFalse();
        assertThat(after.accepts(publication("t/1", "w", Publication.NEVER))).isTrue();
    }

    @Test
    void givenStamps_whenRecovered_thenTheNextChangeIsNewerThanAll() throws StoreException {
        retain("a", "1", Publication.NEVER);
        retain("b", "1", Publication.NEVER);
        retain("b", "2", Publication.NEVER);

        after.recover(store);

        assertThat(after.stamp()).isEqualTo(before.stamp());
    }

    private void retain(String topic, String payload, long expiresAt) {
        before.put(publication(topic, payload, expiresAt));
        Batch batch = new Batch();
        before.write(bytes(topic), batch);
        store.commit(batch, Store.Durability.DISK, problem -> {});
        store.commit();
    }

    private static Publication publication(String topic, String payload, long expiresAt) {
        return Publication.of(bytes(topic), bytes("pp"), bytes(payload), 1, true, expiresAt);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
