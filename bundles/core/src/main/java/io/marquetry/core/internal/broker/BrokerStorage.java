// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.admin.Storage;
import io.marquetry.api.admin.StorageCheck;
import io.marquetry.api.admin.StorageInfo;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.StoreStatus;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.router.RetainedMessages;
import io.marquetry.core.internal.session.Session;
import io.marquetry.core.internal.session.SessionRegistry;
import io.marquetry.core.internal.session.StoreCheck;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.internal.store.Journals;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is kept on disk, for whoever administers the broker, and for its metrics. */
final class BrokerStorage implements Storage {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerStorage.class);
    private static final int SECONDS = 10;

    private final SessionRegistry sessions;
    private final RetainedMessages retained;
    private volatile @Nullable StorageInfo last;

    BrokerStorage(SessionRegistry sessions, RetainedMessages retained) {
        this.sessions = sessions;
        this.retained = retained;
    }

    // --- how it is ---

    /** What the durable sessions of one loop hold. */
    private static final class Sum {
        private long sessions;
        private long queued;
        private long bytes;
        private long inFlight;
        private long awaitingRelease;

        private int add(Session session) {
            if (session.isDurable()) {
                sessions++;
                queued += session.queueLength();
                bytes += session.outboxBytes();
                inFlight += session.inflight();
                awaitingRelease += session.awaitingRel();
            }
            return 1;
        }

        private Sum and(Sum other) {
            sessions += other.sessions;
            queued += other.queued;
            bytes += other.bytes;
            inFlight += other.inFlight;
            awaitingRelease += other.awaitingRelease;
            return this;
        }
    }

    @Override
    public StorageInfo info() {
        return await(ask());
    }

    /** Looks at the store, and then at what every loop has. */
    CompletionStage<StorageInfo> ask() {
        Store store = journals().store();
        // A store whose disk hangs would hang in telling of it too.
        StoreStatus status = store == null ? null : journals().isSilent() ? status() : store.status();
        return SessionWalk.everywhere(sessions, Sum::new, (session, sum) -> sum.add(session))
                .thenCombine(
                        onEveryLoop(Journal::bytes),
                        (sums, uncommitted) -> info(status, sums.stream().reduce(new Sum(), Sum::and), uncommitted));
    }

    private StorageInfo info(@Nullable StoreStatus status, Sum all, List<Integer> uncommitted) {
        StorageInfo info = new StorageInfo(
                journals().areKept() ? journals().durability() : null,
                problem(status),
                status,
                all.sessions,
                all.queued,
                all.bytes,
                all.inFlight,
                all.awaitingRelease,
                retained.count(),
                uncommitted.stream().mapToLong(Integer::longValue).sum());
        last = info;
        return info;
    }

    private String problem(@Nullable StoreStatus status) {
        if (!journals().areKept()) {
            return "nothing is kept: durability is memory, there was no store when the broker started, or listeners still"
                    + " wait for one (mqtt:extension-list tells)";
        }
        if (journals().isSilent()) {
            return journals().silence();
        }
        return status == null
                ? "the store is gone: what needs it is not acknowledged until it is back"
                : status.problem();
    }

    /**
     * Looks again, for the metrics: those are asked for on loops too, which must not wait for a disk. Not for a loop.
     */
    void look() {
        if (journals().areKept()) {
            info();
        }
    }

    /** Adds what was counted when somebody looked last. */
    void counters(Map<String, Long> to) {
        if (!journals().areKept()) {
            return;
        }
        StoreStatus status = status();
        Map<String, Long> counted = status == null ? Map.of() : status.counters();
        to.put("store.commits", counted.getOrDefault("commits", 0L));
        to.put("store.changes", counted.getOrDefault("changes", 0L));
        to.put("store.bytes", counted.getOrDefault("bytes", 0L));
        to.put("store.syncs", counted.getOrDefault("syncs", 0L));
        to.put("store.sync.errors", counted.getOrDefault("sync.errors", 0L));
        to.put("store.commit.micros.sum", status == null ? 0 : status.commits().sumMicros());
    }

    /** Adds what was there when somebody looked last. */
    void gauges(Map<String, Long> to) {
        if (!journals().areKept()) {
            return;
        }
        StoreStatus status = status();
        StoreStatus.Histogram commits =
                status == null ? new StoreStatus.Histogram(new long[] {0}, new long[2], 0) : status.commits();
        to.put("store.commit.micros.p50", commits.quantile(0.5));
        to.put("store.commit.micros.p99", commits.quantile(0.99));
        to.put("store.commit.micros.max", commits.quantile(1));
        Map<String, Long> counted = status == null ? Map.of() : status.counters();
        to.put(
                "store.batch.changes",
                counted.getOrDefault("changes", 0L) / Math.max(1, counted.getOrDefault("commits", 0L)));
        to.put("store.batches.waiting", counted.getOrDefault("batches.waiting", 0L));
        to.put("store.disk.bytes", status == null ? 0 : status.diskBytes());
        to.put("store.free.bytes", status == null ? 0 : status.freeBytes());
        StorageInfo info = last;
        to.put("store.sessions", info == null ? 0 : info.sessions());
        to.put("store.queue.messages", info == null ? 0 : info.queuedMessages());
        to.put("store.queue.bytes", info == null ? 0 : info.bytes());
        to.put("store.uncommitted.bytes", info == null ? 0 : info.uncommittedBytes());
        to.put("store.state", state());
    }

    private @Nullable StoreStatus status() {
        StorageInfo info = last;
        return info == null ? null : info.store();
    }

    /** Asked for each time: a field that is read. */
    private long state() {
        Store store = journals().store();
        return store == null
                ? 0
                : switch (store.state()) {
                    case READY -> journals().isSilent() ? 4 : 1;
                    case FULL -> 2;
                    case BROKEN -> 3;
                };
    }

    // --- whether it is sound, and a copy ---

    @Override
    public StorageCheck verify() throws StoreException {
        return StoreCheck.of(present(), this::settle);
    }

    @Override
    public void backup(Path folder) throws StoreException {
        present().backup(folder);
    }

    private Store present() throws StoreException {
        Store store = journals().store();
        if (store == null) {
            throw new StoreException(problem(null));
        }
        return store;
    }

    /** Returns when every loop has committed what it has noted until now, or has given up waiting for it. */
    private void settle() {
        List<CompletableFuture<Boolean>> done = new ArrayList<>();
        for (Home home : sessions.homes()) {
            CompletableFuture<Boolean> committed = new CompletableFuture<>();
            done.add(committed);
            home.mailbox().post(() -> journals().of(home).whenCommitted(committed::complete));
        }
        try {
            CompletableFuture.allOf(done.toArray(CompletableFuture[]::new)).get(SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.debug("the store does not commit now; what is under way is checked as it is", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private <T> CompletionStage<List<T>> onEveryLoop(Function<Journal, T> question) {
        List<CompletableFuture<T>> answers = new ArrayList<>();
        for (Home home : sessions.homes()) {
            CompletableFuture<T> answer = new CompletableFuture<>();
            answers.add(answer);
            home.mailbox().post(() -> answer.complete(question.apply(journals().of(home))));
        }
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(
                        ignored -> answers.stream().map(CompletableFuture::join).toList());
    }

    private Journals journals() {
        return sessions.journals();
    }

    private static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "the broker has not answered within " + SECONDS + " s: it is overloaded or stopping", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the broker's sessions could not be looked at", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the broker's sessions were looked at", e);
        }
    }
}
