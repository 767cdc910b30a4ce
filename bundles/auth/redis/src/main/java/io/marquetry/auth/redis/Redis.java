// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import io.marquetry.api.client.ClientInfo;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Schedulers;

/**
 * Redis with the one connection that everyone shares. It need not be there when the broker starts: a question begins
 * the next attempt when the last one has failed. A connection that is lost comes back by itself; one that stays open
 * and says nothing, as behind a firewall that forgot it, is given up.
 */
final class Redis implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Redis.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final AtomicInteger OPEN = new AtomicInteger();

    /** So many questions in a row without an answer are a connection that is gone. */
    private static final int SILENT = 5;

    /** A connection and how to ask it. */
    private record Link(
            StatefulConnection<String, String> connection, RedisClusterAsyncCommands<String, String> commands) {}

    /** A connection, or the attempt to get one. */
    private record Attempt(CompletableFuture<Link> link, long begunAt) {
        boolean isOver() {
            return link.isCompletedExceptionally() && System.nanoTime() - begunAt > PAUSE.toNanos();
        }
    }

    private final RedisSettings settings;
    private final ClientResources resources;
    private final AbstractRedisClient client;
    private final ThreadPoolExecutor connector;
    private final AtomicInteger unanswered = new AtomicInteger();
    private Attempt attempt;

    Redis(RedisSettings settings, String name) {
        this.settings = settings;
        connector = new ThreadPoolExecutor(
                1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> daemon(task, name + "-connect"));
        connector.allowCoreThreadTimeOut(true);
        resources = DefaultClientResources.builder()
                .ioThreadPoolSize(2)
                .computationThreadPoolSize(2)
                .reconnectDelay(Delay.constant(PAUSE))
                .build();
        if (settings.mode() == RedisSettings.Mode.CLUSTER) {
            RedisClusterClient cluster = RedisClusterClient.create(resources, settings.uris());
            cluster.setOptions(settings.options());
            client = cluster;
        } else {
            RedisClient single = RedisClient.create(resources, settings.uris().get(0));
            single.setOptions(settings.options());
            client = single;
        }
        OPEN.incrementAndGet();
        attempt = begin();
    }

    static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Asks for one client, on any thread; completes on a thread that must not wait.
     *
     * @return completes with the fields that there are; fails with a sentence when Redis does not answer in time
     */
    CompletionStage<Map<String, String>> ask(RedisCommand command, ClientInfo about) {
        return link().thenCompose(link -> command.ask(link.commands(), about).whenComplete((fields, error) -> {
                    if (!(unwrap(error) instanceof RedisCommandTimeoutException)) {
                        unanswered.set(0);
                    } else if (unanswered.incrementAndGet() >= SILENT) {
                        giveUp(link);
                    }
                }))
                .exceptionally(error -> {
                    Throwable cause = unwrap(error);
                    throw new IllegalStateException(
                            settings.where() + " did not answer: " + (cause == null ? "" : cause.getMessage()), cause);
                });
    }

    private synchronized CompletableFuture<Link> link() {
        if (attempt.isOver()) {
            attempt = begin();
        }
        return attempt.link();
    }

    private Attempt begin() {
        return new Attempt(CompletableFuture.supplyAsync(this::connect, connector), System.nanoTime());
    }

    private Link connect() {
        if (client instanceof RedisClusterClient cluster) {
            var connection = cluster.connect();
            return new Link(connection, connection.async());
        }
        var connection = ((RedisClient) client).connect();
        return new Link(connection, connection.async());
    }

    private synchronized void giveUp(Link silent) {
        if (attempt.link().getNow(null) == silent) {
            LOG.warn("{} left {} questions unanswered; connecting anew", settings.where(), unanswered.get());
            unanswered.set(0);
            silent.connection().closeAsync();
            attempt = begin();
        }
    }

    private static @Nullable Throwable unwrap(@Nullable Throwable error) {
        return error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    }

    /** Ends every thread of it, and with the last one those that Lettuce's reactor keeps for all. */
    @Override
    public void close() {
        connector.shutdownNow();
        client.shutdown(0, 2, TimeUnit.SECONDS);
        try {
            resources.shutdown(0, 2, TimeUnit.SECONDS).get(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("threads of {} did not end in time", settings.where(), e);
        }
        if (OPEN.decrementAndGet() == 0) {
            Schedulers.shutdownNow();
        }
    }
}
