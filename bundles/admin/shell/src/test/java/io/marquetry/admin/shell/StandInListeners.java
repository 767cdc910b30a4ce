// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ListenerInfo;
import io.marquetry.api.admin.Listeners;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Listeners that a test puts in; the one called {@code tcp:taken} cannot be opened. */
final class StandInListeners implements Listeners {
    final List<String> calls = new ArrayList<>();

    private static ListenerInfo info(String id, boolean running, long maxConnections, @Nullable String problem) {
        return new ListenerInfo(
                id,
                "127.0.0.1:1883",
                true,
                running,
                false,
                running ? 3 : 0,
                maxConnections,
                new TreeMap<>(Map.of("normal", 4L, "keepalive_timeout", 1L)),
                new TreeMap<>(Map.of("handshakes.resumed", 2L)),
                problem);
    }

    @Override
    public List<ListenerInfo> list() {
        return List.of(info("tcp:default", true, 0, null), info("tcp:taken", false, 1000, "the port is taken"));
    }

    @Override
    public CompletionStage<ListenerInfo> start(String id) {
        return called("start", id, true);
    }

    @Override
    public CompletionStage<ListenerInfo> stop(String id) {
        return called("stop", id, false);
    }

    @Override
    public CompletionStage<ListenerInfo> restart(String id) {
        return called("restart", id, true);
    }

    private CompletionStage<ListenerInfo> called(String what, String id, boolean running) {
        calls.add(what + " " + id);
        boolean taken = id.equals("tcp:taken");
        return CompletableFuture.completedFuture(info(id, running && !taken, 0, taken ? "the port is taken" : null));
    }
}
