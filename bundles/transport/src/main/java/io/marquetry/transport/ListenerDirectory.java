// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.admin.ListenerInfo;
import io.marquetry.api.admin.Listeners;
import io.marquetry.core.port.Door;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;

/** The listeners of this broker, by their names; callable from any thread. */
@Component(service = {Listeners.class, ListenerDirectory.class})
public final class ListenerDirectory implements Listeners {
    private final SortedMap<String, Listener> all = new ConcurrentSkipListMap<>();
    private final Path base;
    private final ListenerStates states;

    /** Has none yet. */
    public ListenerDirectory() {
        this(System.getProperty("marquetry.base"));
    }

    /**
     * @param base the directory with {@code conf/} and {@code data/}; null is no broker's, and nothing is kept there
     */
    ListenerDirectory(@Nullable String base) {
        this.base = Path.of(base == null ? "" : base);
        this.states = new ListenerStates(base == null ? null : this.base.resolve("data/listeners"));
    }

    /** Makes a listener of a configuration, which {@link #close} takes back. */
    Listener open(ListenerType type, Door door, Map<String, Object> properties) {
        String factory = ListenerType.PID + type.word();
        String pid = String.valueOf(properties.getOrDefault("service.pid", factory + "~default"));
        Listener listener = new Listener(type, pid, door, base, states::is);
        all.put(listener.name(), listener);
        states.opening(listener.name());
        listener.configure(properties);
        return listener;
    }

    void close(Listener listener) {
        all.remove(listener.name(), listener);
        listener.close();
        states.gone(listener.name());
    }

    @Override
    public List<ListenerInfo> list() {
        return all.values().stream().map(Listener::info).toList();
    }

    @Override
    public CompletionStage<ListenerInfo> start(String id) {
        return with(id, Listener::start);
    }

    @Override
    public CompletionStage<ListenerInfo> stop(String id) {
        return with(id, Listener::stop);
    }

    @Override
    public CompletionStage<ListenerInfo> restart(String id) {
        return with(id, Listener::restart);
    }

    private CompletionStage<ListenerInfo> with(String id, Function<Listener, CompletionStage<ListenerInfo>> what) {
        Listener listener = all.get(id);
        return listener != null
                ? what.apply(listener)
                : CompletableFuture.failedFuture(new IllegalArgumentException("there is no listener " + id
                        + "; there is: " + (all.isEmpty() ? "none" : String.join(", ", all.keySet()))));
    }
}
