// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.admin.ExtensionInfo;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.extension.Blocking;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One service of an extension behind its guard: what it throws never reaches who asks, what may wait waits on the
 * extension's own threads, an answer has a deadline, and who fails too often is not asked for a while. Every call is
 * counted. An answer that is there at once costs no allocation. Callable from any thread.
 *
 * @param <T> the kind of service
 */
public final class Member<T> {
    private final T service;
    private final String type;
    private final Origin origin;
    private final Owner owner;
    private final Calls calls;
    private final Breaker breaker;
    private final boolean blocking;
    /** Null unless its place is held; then completes with the service that takes the place, or empty when none does. */
    private volatile @Nullable CompletableFuture<Optional<Member<T>>> successor;

    Member(T service, String type, Origin origin, Owner owner) {
        this(service, type, origin, owner, new Calls(), new Breaker(owner.ticker()::millis));
    }

    private Member(T service, String type, Origin origin, Owner owner, Calls calls, Breaker breaker) {
        this.service = service;
        this.type = type;
        this.origin = origin;
        this.owner = owner;
        this.calls = calls;
        this.breaker = breaker;
        this.blocking = service.getClass().isAnnotationPresent(Blocking.class);
    }

    /** The same in another place of the chain. */
    Member<T> at(Origin place) {
        Member<T> moved = new Member<>(service, type, place, owner, calls, breaker);
        moved.successor = successor;
        return moved;
    }

    /** The service. */
    public T service() {
        return service;
    }

    /** Who offers it. */
    public Origin origin() {
        return origin;
    }

    /** How its calls went. */
    public ExtensionInfo.ServiceInfo info() {
        return new ExtensionInfo.ServiceInfo(
                type,
                origin.name(),
                origin.ranking(),
                calls.calls(),
                calls.failures(),
                calls.nanos(),
                calls.pending(),
                breaker.state());
    }

    /** How many of its answers are not there yet. */
    public int pending() {
        return calls.pending();
    }

    // --- a held place ---

    /** Whether its place is held, and nobody is inside who came after that. */
    public boolean isHeld() {
        return successor != null;
    }

    void hold() {
        if (successor == null) {
            successor = new CompletableFuture<>();
        }
    }

    void succeededBy(Member<T> member) {
        CompletableFuture<Optional<Member<T>>> waiting = successor;
        if (waiting != null) {
            waiting.complete(Optional.of(member));
        }
    }

    /** Nobody takes its place: who waits goes on without it. */
    void giveUp() {
        CompletableFuture<Optional<Member<T>>> waiting = successor;
        if (waiting != null) {
            waiting.complete(Optional.empty());
        }
    }

    /** Nobody has taken its place in time: who waits, and who asks until somebody does, is told that it failed. */
    void expire(String reason) {
        CompletableFuture<Optional<Member<T>>> waiting = successor;
        if (waiting != null) {
            waiting.completeExceptionally(new TimeoutException(reason));
        }
    }

    // --- asking ---

    /** Asks the service; the answer may be one that comes later, which then never fails. */
    <S, A> A ask(AskedChain<T, S, A> chain, ClientInfo client, S subject) {
        CompletableFuture<Optional<Member<T>>> waiting = successor;
        if (waiting != null) {
            return askSuccessor(waiting, chain, client, chain.kept(subject));
        }
        int weight = calls.begin();
        if (!breaker.allows()) {
            calls.failed();
            return chain.failed(true);
        }
        if (blocking) {
            return chain.later(askOnOwnThread(chain, client, chain.kept(subject)));
        }
        long began = weight > 0 ? System.nanoTime() : 0;
        A answer;
        try {
            answer = chain.checked(chain.call(service, client, subject));
        } catch (Throwable e) {
            CompletableFuture<Optional<Member<T>>> held = successor;
            if (held != null) {
                return askSuccessor(held, chain, client, chain.kept(subject)); // it was stopped in this moment
            }
            calls.failed();
            owner.failed(chain.what(), e);
            return chain.failed(false);
        }
        if (weight > 0) {
            calls.sampled(System.nanoTime() - began, weight);
        }
        CompletionStage<A> stage = chain.stageOf(answer);
        if (stage == null) {
            succeeded();
            return answer;
        }
        return chain.later(await(stage, chain, client, chain.kept(subject), () -> {}));
    }

    private <S, A> A askSuccessor(
            CompletableFuture<Optional<Member<T>>> waiting, AskedChain<T, S, A> chain, ClientInfo client, S subject) {
        return chain.later(waiting.handle((next, error) -> {
                    if (error != null) {
                        owner.failed(chain.what(), error);
                        return chain.failed(true);
                    }
                    return next.isPresent() ? next.get().ask(chain, client, subject) : chain.silence();
                })
                .thenCompose(chain::asStage));
    }

    private <S, A> CompletionStage<A> askOnOwnThread(AskedChain<T, S, A> chain, ClientInfo client, S subject) {
        CompletableFuture<A> call = owner.bulkhead(service.getClass().getClassLoader())
                .call(() -> chain.checked(chain.call(service, client, subject)));
        return await(call.thenCompose(chain::asStage), chain, client, subject, () -> call.cancel(true));
    }

    /** The extension's own stage stays untouched: it may be shared or already complete. */
    private <S, A> CompletionStage<A> await(
            CompletionStage<A> stage, AskedChain<T, S, A> chain, ClientInfo client, S subject, Runnable onLate) {
        CompletableFuture<A> arrival = new CompletableFuture<>();
        long began = System.nanoTime();
        calls.awaiting();
        try {
            stage.whenComplete((answer, error) -> arrive(arrival, chain, answer, error));
        } catch (Throwable e) {
            arrival.completeExceptionally(e);
        }
        Runnable cancel = () -> {};
        if (!arrival.isDone()) {
            long deadline = chain.deadlineMillis();
            cancel = owner.ticker().after(deadline, () -> {
                arrival.completeExceptionally(new TimeoutException("there was no answer within " + deadline + " ms"));
                onLate.run();
            });
        }
        Runnable timer = cancel;
        return arrival.handle((answer, error) -> {
                    timer.run();
                    calls.arrived(System.nanoTime() - began);
                    if (error == null) {
                        succeeded();
                        return answer;
                    }
                    return answerless(error, chain, client, subject);
                })
                .thenCompose(chain::asStage);
    }

    private static <S, A> void arrive(
            CompletableFuture<A> arrival, AskedChain<?, S, A> chain, @Nullable A answer, @Nullable Throwable error) {
        if (error != null) {
            arrival.completeExceptionally(error);
            return;
        }
        try {
            A checked = chain.checked(answer);
            if (chain.stageOf(checked) != null) {
                throw new IllegalStateException("an answer that came later says again that it comes later");
            }
            arrival.complete(checked);
        } catch (RuntimeException e) {
            arrival.completeExceptionally(e);
        }
    }

    private <S, A> A answerless(Throwable raised, AskedChain<T, S, A> chain, ClientInfo client, S subject) {
        Throwable error =
                raised instanceof CompletionException && raised.getCause() != null ? raised.getCause() : raised;
        CompletableFuture<Optional<Member<T>>> waiting = successor;
        if (waiting != null && !(error instanceof TimeoutException)) {
            // It was stopped while it was asked; the one that takes its place can tell.
            return askSuccessor(waiting, chain, client, subject);
        }
        failed(chain.what(), error);
        return chain.failed(true);
    }

    /**
     * Asks a service that cannot answer later, here and now, also when its place is held.
     *
     * @param failed the answer of one that fails
     */
    <A> A askNow(String what, Function<T, A> call, A failed) {
        int weight = calls.begin();
        long began = weight > 0 ? System.nanoTime() : 0;
        try {
            A answer = call.apply(service);
            if (weight > 0) {
                calls.sampled(System.nanoTime() - began, weight);
            }
            return answer;
        } catch (Throwable e) {
            calls.failed();
            owner.failed(what, e);
            return failed;
        }
    }

    /**
     * Does something on a thread of the extension's own.
     *
     * @param rejected called instead when too much waits there
     */
    void onOwnThread(Runnable task, Runnable rejected) {
        var unused = owner.bulkhead(service.getClass().getClassLoader())
                .call(() -> {
                    task.run();
                    return true;
                })
                .whenComplete((done, error) -> {
                    if (error != null) {
                        rejected.run();
                    }
                });
    }

    /** What the service says of itself, or null when it failed to; not counted as a call. */
    <V> @Nullable V read(String what, Function<T, V> property) {
        try {
            return property.apply(service);
        } catch (Throwable e) {
            owner.failed(what, e);
            return null;
        }
    }

    // --- telling ---

    /** Tells the service something that has no answer. */
    void tell(String what, Consumer<T> call) {
        CompletableFuture<Optional<Member<T>>> waiting = successor;
        if (waiting != null) {
            var unused = waiting.thenAccept(next -> next.ifPresent(member -> member.tell(what, call)));
            return;
        }
        calls.begin();
        if (blocking) {
            calls.awaiting();
            long began = System.nanoTime();
            var unused = owner.bulkhead(service.getClass().getClassLoader())
                    .call(() -> {
                        call.accept(service);
                        return true;
                    })
                    .whenComplete((done, error) -> {
                        calls.arrived(System.nanoTime() - began);
                        if (error != null) {
                            failed(what, error);
                        }
                    });
            return;
        }
        try {
            call.accept(service);
        } catch (Throwable e) {
            calls.failed();
            owner.failed(what, e);
        }
    }

    // --- how it goes ---

    private void succeeded() {
        if (breaker.succeeded()) {
            owner.closed(type + " " + origin.name());
        }
    }

    private void failed(String what, Throwable error) {
        calls.failed();
        owner.failed(what, error);
        // A full queue fails at once by itself.
        if (!(error instanceof RejectedExecutionException) && breaker.failed()) {
            owner.opened(type + " " + origin.name());
        }
    }
}
