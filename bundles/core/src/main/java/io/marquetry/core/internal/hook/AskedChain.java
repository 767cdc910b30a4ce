// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.client.ClientInfo;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A chain whose members are asked one after the other until one decides. An answer that is there at once is passed on
 * without an allocation; behind one that comes later the walk goes on when it is there. What a chain says never fails
 * and never comes later twice.
 *
 * @param <T> the kind of service
 * @param <S> about what it is asked, besides the client
 * @param <A> its answers
 */
abstract class AskedChain<T, S, A> extends HookChain<T> {
    private final String what;
    private final IntSupplier deadlineSeconds;
    private final A silence;
    private final A failed;

    /**
     * @param what what a service is to do, for logs
     * @param deadlineSeconds how long an answer may take
     * @param silence what a service says that is not there
     * @param failed what it means that a service did not answer
     */
    AskedChain(Class<T> type, Owners owners, String what, IntSupplier deadlineSeconds, A silence, A failed) {
        super(type, owners);
        this.what = what;
        this.deadlineSeconds = deadlineSeconds;
        this.silence = silence;
        this.failed = failed;
    }

    /** Asks one service. */
    abstract A call(T service, ClientInfo client, S subject) throws Exception;

    /** The stage of an answer that comes later, or null of one that is there. */
    abstract @Nullable CompletionStage<A> stageOf(A answer);

    /** An answer that comes later. */
    abstract A later(CompletionStage<A> stage);

    /** Whether the next service is asked after this answer, which does not come later. */
    abstract boolean goesOn(A answer);

    /**
     * What it means that a service did not answer.
     *
     * @param late whether that was its backend or its slowness, and not a mistake that showed at once
     */
    A failed(boolean late) {
        return failed;
    }

    final String what() {
        return what;
    }

    final long deadlineMillis() {
        return deadlineSeconds.getAsInt() * 1000L;
    }

    final A silence() {
        return silence;
    }

    /** The answer, unless it is none. */
    A checked(@Nullable A answer) {
        if (answer == null) {
            throw new NullPointerException("expected an answer, got null");
        }
        return answer;
    }

    /** About what the next service is asked. */
    S changed(S subject, A answer) {
        return subject;
    }

    /** The same for somebody who looks at it when the caller has gone on. */
    S kept(S subject) {
        return subject;
    }

    /** What the chain says so far. */
    A merged(A soFar, A answer) {
        return soFar;
    }

    /** Asks the members. */
    final A ask(ClientInfo client, S subject) {
        return walk(members(), 0, client, subject, silence());
    }

    final A walk(List<Member<T>> chain, int from, ClientInfo client, S asked, A undecided) {
        S subject = asked;
        A soFar = undecided;
        for (int i = from; i < chain.size(); i++) {
            A answer = chain.get(i).ask(this, client, subject);
            CompletionStage<A> stage = stageOf(answer);
            if (stage != null) {
                return walkOn(stage, chain, i + 1, client, kept(subject), soFar);
            }
            if (!goesOn(answer)) {
                return answer;
            }
            subject = changed(subject, answer);
            soFar = merged(soFar, answer);
        }
        return soFar;
    }

    private A walkOn(CompletionStage<A> stage, List<Member<T>> chain, int next, ClientInfo client, S subject, A soFar) {
        return later(stage.thenCompose(answer -> asStage(
                goesOn(answer) ? walk(chain, next, client, changed(subject, answer), merged(soFar, answer)) : answer)));
    }

    /** The same answer when it is there. */
    final CompletionStage<A> asStage(A answer) {
        CompletionStage<A> stage = stageOf(answer);
        return stage != null ? stage : CompletableFuture.completedFuture(answer);
    }
}
