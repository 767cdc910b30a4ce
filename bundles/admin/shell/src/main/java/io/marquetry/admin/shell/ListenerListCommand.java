// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ListenerInfo;
import io.marquetry.api.admin.Listeners;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:listener-list}. */
@Service
@Command(scope = "mqtt", name = "listener-list", description = "Lists the listeners and what came by them")
public final class ListenerListCommand implements Action {
    @Option(name = "--no-format", description = "One line each, values parted by tabs")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Listeners listeners;

    @Override
    public @Nullable Object execute() {
        Table table = table(raw).ifEmpty("no listener is configured");
        Ask.present(listeners, "listeners").list().forEach(listener -> row(table, listener));
        table.print();
        return null;
    }

    static Table table(boolean raw) {
        return new Table(raw)
                .text("id")
                .text("bind")
                .text("enabled")
                .text("running")
                .text("proxy_protocol")
                .number("current_conn")
                .number("max_conns")
                .text("shutdown_count")
                .text("values")
                .text("problem");
    }

    static void row(Table table, ListenerInfo listener) {
        table.row(
                listener.id(),
                listener.bind(),
                listener.enabled(),
                listener.running(),
                listener.proxyProtocol(),
                listener.currentConnections(),
                listener.maxConnections() == 0 ? "infinity" : listener.maxConnections(),
                Show.counts(listener.shutdownCount()),
                Show.counts(listener.values()),
                Table.orDash(listener.problem()));
    }
}
