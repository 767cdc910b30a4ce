// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.store.Store;
import io.marquetry.api.store.Table;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.testing.HeapStore;
import io.marquetry.core.internal.testing.ManualLoops;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JournalTest {
    private static final byte[] NOTHING = {};
    private static final int HOLD_MILLIS = 10_000;
    private static final int UPDATE_MILLIS = 25_000;

    private final ManualLoops loops = new ManualLoops(3);
    private final List<Home> homes =
            loops.loops().stream().map(loop -> new Home(loop, loops::now)).toList();
    private final Journals journals = new Journals(homes, () -> HOLD_MILLIS, () -> UPDATE_MILLIS);
    private final Journal journal = journals.of(homes.get(0));
    private final HeapStore store = new HeapStore();
    private final List<String> told = new ArrayList<>();

    @Test
    void givenMemory_whenNothingIsKept_thenNobodyWaits() {
        on(0, () -> journal.whenCommitted(ok -> told.add("at once " + ok)));

        assertThat(journal.isKept()).isFalse();
        assertThat(journal.isCommitted(0)).isTrue();
        assertThat(told).containsExactly("at once true");
    }

    @Test
    void givenSeveralTurns_whenABatchIsUnderWay_thenTheNextOneFillsAndTicketsTellThemApart() {
        begin();
        on(0, () -> put("a"));
        long first = journal.ticket();
        loops.settle();
        on(0, () -> put("b"));
        on(0, () -> put("c"));
        long second = journal.ticket();
        on(0, () -> journal.whenCommitted(first, ok -> told.add("first")));
        on(0, () -> journal.whenCommitted(second, ok -> told.add("second")));
        loops.settle();

        assertThat(second).isEqualTo(first + 1);
        assertThat(store.pending()).isEqualTo(1);

        store.commit();
        loops.settle();

        assertThat(told).containsExactly("first");
        assertThat(journal.isCommitted(first)).isTrue();
        assertThat(journal.isCommitted(second)).isFalse();
        assertThat(store.size(Table.QUEUE)).isEqualTo(1);

        commit();

        assertThat(told).containsExactly("first", "second");
        assertThat(store.size(Table.QUEUE)).isEqualTo(3);
        assertThat(store.commits()).isEqualTo(2);
    }

    @Test
    void givenChangeTakenBackInTime_whenTheBatchGoes_thenItIsNeverWrittenAndNobodyWaitsForIt() {
        begin();
        long[] ticket = new long[1];
        on(0, () -> {
            int place = put("a");
            ticket[0] = journal.ticket();
            assertThat(journal.cancel(ticket[0], place)).isTrue();
        });
        assertThat(journal.isCommitted(ticket[0])).isTrue();
        on(0, () -> journal.whenCommitted(ticket[0], ok -> told.add("told")));
        assertThat(told).containsExactly("told");

        loops.settle();

        assertThat(store.pending()).isZero();
        assertThat(journal.bytes()).isZero();
    }

    @Test
    void givenWaiterForWhatIsTakenBackLater_whenTheBatchGoes_thenItIsTold() {
        begin();
        on(0, () -> {
            int place = put("a");
            journal.whenCommitted(ok -> told.add("told"));
            journal.cancel(journal.ticket(), place);
        });

        loops.settle();

        assertThat(told).containsExactly("told");
        assertThat(store.pending()).isZero();
    }

    @Test
    void givenBatchUnderWay_whenItsChangeIsTakenBack_thenItIsTooLate() {
        begin();
        int[] place = new int[1];
        long[] ticket = new long[1];
        on(0, () -> {
            place[0] = put("a");
            ticket[0] = journal.ticket();
        });
        loops.settle();

        on(0, () -> assertThat(journal.cancel(ticket[0], place[0])).isFalse());
        commit();

        assertThat(store.size(Table.QUEUE)).isEqualTo(1);
    }

    @Test
    void givenNote_whenItChangesOften_thenItsLastStateIsWrittenOnce() {
        begin();
        String[] state = {"old"};
        on(0, () -> {
            journal.note(batch -> batch.put(Table.INFLIGHT, bytes("window"), bytes(state[0])));
            state[0] = "new";
            journal.whenCommitted(ok -> told.add("told"));
        });
        loops.settle();
        assertThat(told).isEmpty();

        commit();

        assertThat(store.get(Table.INFLIGHT, bytes("window"))).isEqualTo(bytes("new"));
        assertThat(told).containsExactly("told");
    }

    @Test
    void givenStoreThatIsReplaced_whenTheNextOneComes_thenItGetsWhatWasNotAnsweredAndTheOldAnswerCountsNoMore() {
        begin();
        on(0, () -> put("a"));
        on(0, () -> journal.whenCommitted(ok -> told.add("a " + ok)));
        loops.settle();
        HeapStore next = new HeapStore();

        journals.store(null);
        loops.settle();
        on(0, () -> put("b"));
        on(0, () -> journal.whenCommitted(ok -> told.add("b " + ok)));
        journals.store(next);
        loops.settle();
        store.commit(); // it had written it, but nobody could know
        loops.settle();

        assertThat(told).isEmpty();

        next.commit();
        loops.settle();
        next.commit();
        loops.settle();

        assertThat(told).containsExactly("a true", "b true");
        assertThat(next.size(Table.QUEUE)).isEqualTo(2);
    }

    @Test
    void givenStoreThatComesBackItself_whenItStillReadsTheBatch_thenItsBytesAreNotUsedAgain() {
        begin();
        on(0, () -> put("a"));
        loops.settle();
        journals.store(null);
        loops.settle();
        journals.store(store);
        loops.settle();
        assertThat(store.pending()).isEqualTo(2);

        on(0, () -> put("b"));
        store.commitNext();
        loops.settle();
        on(0, () -> put("c"));
        store.commitNext(); // the first batch once more
        assertThat(store.size(Table.QUEUE)).isEqualTo(1);
        commit();

        assertThat(store.size(Table.QUEUE)).isEqualTo(3);
        assertThat(journal.bytes()).isZero();
    }

    @Test
    void givenCommitThatFails_whenTheStoreSaysItIsWell_thenItIsTriedAgainAfterAWhile() {
        begin();
        on(0, () -> put("a"));
        on(0, () -> journal.whenCommitted(ok -> told.add("a " + ok)));
        loops.settle();

        store.fail("the folder is gone");
        loops.settle();
        assertThat(store.pending()).isZero();
        loops.advance(1000);

        assertThat(store.pending()).isEqualTo(1);
        commit();
        assertThat(told).containsExactly("a true");
    }

    @Test
    void givenFullStore_whenItHasBeenSoForTooLong_thenWhoWaitsIsTold_andTheBatchIsWrittenAllTheSame() {
        begin();
        store.become(Store.State.FULL);
        loops.settle();
        on(0, () -> put("a"));
        on(0, () -> journal.whenCommitted(ok -> told.add("a " + ok)));
        loops.advance(HOLD_MILLIS - 1000);
        assertThat(told).isEmpty();

        loops.advance(2000);

        assertThat(told).containsExactly("a false");
        store.become(Store.State.READY);
        commit();
        assertThat(store.size(Table.QUEUE)).isEqualTo(1);
    }

    @Test
    void givenFullStore_whenThereIsRoomAgainInTime_thenWhoWaitsIsTold() {
        begin();
        on(0, () -> put("a"));
        on(0, () -> journal.whenCommitted(ok -> told.add("a " + ok)));
        loops.settle();
        store.become(Store.State.FULL);
        loops.advance(HOLD_MILLIS - 1000);

        store.become(Store.State.READY);
        commit();
        loops.advance(HOLD_MILLIS);

        assertThat(told).containsExactly("a true");
    }

    @Test
    void givenStoreThatSaysItIsReady_whenItDoesNotAnswer_thenWhoWaitsIsTold_andNothingNewIsAcceptedUntilItDoes() {
        begin();
        on(0, () -> put("a"));
        on(0, () -> journal.whenCommitted(ok -> told.add("a " + ok)));
        loops.settle();
        on(0, () -> put("b"));
        on(0, () -> journal.whenCommitted(ok -> told.add("b " + ok)));
        loops.advance(HOLD_MILLIS - 1000);
        assertThat(told).isEmpty();
        assertThat(journal.isReady()).isTrue();

        loops.advance(2000);

        assertThat(told).containsExactly("a false", "b false");
        for (Home home : homes) {
            assertThat(journals.of(home).isReady()).isFalse();
            assertThat(journals.of(home).isLost()).isTrue();
            assertThat(journals.of(home).isLostToSubscribers()).isTrue();
        }
        assertThat(journals.silence()).startsWith("the disk has not answered for 11 s");
        loops.advance(HOLD_MILLIS);
        assertThat(journals.silence()).startsWith("the disk has not answered for 21 s");

        commit();

        assertThat(journal.isReady()).isTrue();
        assertThat(journals.isSilent()).isFalse();
        assertThat(store.size(Table.QUEUE)).isEqualTo(2);
        assertThat(told).hasSize(2);
    }

    @Test
    void givenCommitsThatTakeTheirTime_whenEachIsAnswered_thenNobodyIsSentAway() {
        begin();
        for (int i = 0; i < 5; i++) {
            String key = "k" + i;
            on(0, () -> put(key));
            on(0, () -> journal.whenCommitted(ok -> told.add(key + " " + ok)));
            loops.settle();
            loops.advance(HOLD_MILLIS - 2000);
            assertThat(journal.isReady()).isTrue();
            store.commit();
            loops.settle();
        }

        assertThat(told).containsExactly("k0 true", "k1 true", "k2 true", "k3 true", "k4 true");
    }

    @Test
    void givenStoreThatDoesNotAnswer_whenAnotherOneTakesItsPlace_thenThatOneIsTrusted() {
        begin();
        on(0, () -> put("a"));
        loops.settle();
        loops.advance(HOLD_MILLIS + 1000);
        assertThat(journals.isSilent()).isTrue();
        HeapStore next = new HeapStore();

        journals.store(null);
        journals.store(next);
        loops.settle();

        assertThat(journal.isReady()).isTrue();
        next.commit();
        loops.settle();
        assertThat(next.size(Table.QUEUE)).isEqualTo(1);
    }

    @Test
    void givenBrokenStore_whenSomethingIsNoted_thenItIsNotEvenHandedOver() {
        begin();
        store.become(Store.State.BROKEN);
        loops.settle();
        on(0, () -> put("a"));
        on(0, () -> journal.whenCommitted(ok -> told.add("a " + ok)));

        loops.advance(HOLD_MILLIS + 1000);

        assertThat(store.pending()).isZero();
        assertThat(told).containsExactly("a false");
    }

    @Test
    void givenStoreThatHasLeft_whenAsked_thenItIsLostOnlyWhenAnUpdateWouldBeOver() {
        begin();
        assertThat(journal.isReady()).isTrue();

        journals.store(null);

        assertThat(journal.isStuck()).isTrue();
        assertThat(journal.isLost()).isFalse();
        loops.advance(UPDATE_MILLIS);
        assertThat(journal.isLost()).isTrue();
        journals.store(store);
        assertThat(journal.isReady()).isTrue();
    }

    @Test
    void givenStoreThatIsReplaced_whenThatTakesLongerThanOneThatIsStuckIsWaitedFor_thenWhoWaitsIsToldByTheNext() {
        begin();
        on(0, () -> put("a"));
        on(0, () -> journal.whenCommitted(ok -> told.add("a " + ok)));
        loops.settle();
        journals.store(null);
        loops.advance(UPDATE_MILLIS - 1000);
        assertThat(told).isEmpty();
        HeapStore next = new HeapStore();

        journals.store(next);
        loops.settle();
        next.commit();
        loops.advance(HOLD_MILLIS);

        assertThat(told).containsExactly("a true");
    }

    @Test
    void givenStoreThatHasLeft_whenNoneComes_thenWhoWaitsIsToldWhenAnUpdateWouldBeOver() {
        begin();
        on(0, () -> put("a"));
        on(0, () -> journal.whenCommitted(ok -> told.add("a " + ok)));
        loops.settle();
        journals.store(null);

        loops.advance(UPDATE_MILLIS + 1000);

        assertThat(told).containsExactly("a false");
    }

    // --- receipts ---

    @Test
    void givenMessageForTwoOtherLoops_whenOneHasCommitted_thenItsReceiptWaitsForTheOther() {
        begin();
        Receipt receipt = new Receipt(homes.get(0), journal, journal.changes());
        on(0, () -> {
            receipt.expect();
            receipt.expect();
            receipt.whenOver(ok -> told.add("over " + ok));
        });
        deliver(receipt, 1, "b");
        deliver(receipt, 2, "c");
        on(0, receipt::routed);
        loops.settle();

        store.commitNext();
        loops.settle();
        assertThat(told).isEmpty();
        store.commitNext();
        loops.settle();

        assertThat(told).containsExactly("over true");
        assertThat(receipt.survives()).isTrue();
    }

    @Test
    void givenLoopThatKeptNothing_whenItsOwnBatchIsUnderWay_thenTheReceiptDoesNotWaitForThat() {
        begin();
        on(0, () -> put("another's"));
        loops.settle();
        Receipt receipt = new Receipt(homes.get(0), journal, journal.changes());

        on(0, receipt::routed);

        assertThat(receipt.isOver()).isTrue();
    }

    @Test
    void givenConsignment_whenOnePartIsMissing_thenNothingOfItIsWritten() {
        begin();
        Consignment all = new Consignment(homes.get(0), journal, its -> put("identifier"));
        on(0, () -> {
            all.expect();
            all.expect();
            all.whenOver(ok -> told.add("over " + ok));
            all.routed();
        });
        Part first = deliver(all, 1, "b");
        commit();
        assertThat(store.size(Table.QUEUE)).isZero();

        deliver(all, 2, "c");
        loops.settle();
        assertThat(told).isEmpty();
        assertThat(first.isCommitted()).isFalse();
        commit();

        assertThat(store.commits()).isEqualTo(1);
        assertThat(store.size(Table.QUEUE)).isEqualTo(3);
        assertThat(told).containsExactly("over true");
        assertThat(first.isCommitted()).isTrue();
    }

    @Test
    void givenConsignment_whenTheStoreCannotWriteForTooLong_thenItsReceiptIsOverAndItsPartsStayBack() {
        begin();
        store.become(Store.State.FULL);
        Consignment all = new Consignment(homes.get(0), journal, its -> put("identifier"));
        on(0, () -> {
            all.expect();
            all.whenOver(ok -> told.add("over " + ok));
            all.routed();
        });
        Part part = deliver(all, 1, "b");

        loops.advance(HOLD_MILLIS + 1000);

        assertThat(told).containsExactly("over false");
        assertThat(part.isCommitted()).isFalse();
        store.become(Store.State.READY);
        commit();
        assertThat(part.isCommitted()).isTrue();
        assertThat(told).hasSize(1);
    }

    /** A loop gives a message to a session, which keeps it. */
    private Part deliver(Receipt receipt, int loop, String key) {
        Home target = homes.get(loop);
        Part[] part = new Part[1];
        on(loop, () -> {
            part[0] = receipt.begin(target);
            if (part[0] == null) {
                journals.of(target).put(Table.QUEUE, bytes(key), NOTHING);
            } else {
                part[0].batch().put(Table.QUEUE, bytes(key), NOTHING);
            }
            receipt.delivered(target, part[0]);
        });
        return part[0];
    }

    private void begin() {
        journals.begin(store, Store.Durability.DISK);
        loops.settle();
    }

    private int put(String key) {
        return journal.put(Table.QUEUE, bytes(key), NOTHING);
    }

    private void commit() {
        do {
            loops.settle();
        } while (store.commit());
    }

    private void on(int loop, Runnable task) {
        loops.on(loops.loop(loop), task);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }
}
