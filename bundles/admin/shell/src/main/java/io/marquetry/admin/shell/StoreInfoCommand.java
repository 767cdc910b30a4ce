// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Storage;
import io.marquetry.api.admin.StorageInfo;
import io.marquetry.api.store.StoreStatus;
import java.util.Locale;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:store-info}. */
@Service
@Command(
        scope = "mqtt",
        name = "store-info",
        description = "Shows what an acknowledgement outlives, how the store is, and what is in it")
public final class StoreInfoCommand implements Action {
    @Option(name = "--no-format", description = "One line each, values parted by tabs")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Storage storage;

    @Override
    public @Nullable Object execute() {
        StorageInfo info = Ask.present(storage, "storage").info();
        Table table = new Table(raw).text("field").text("value");
        table.row("durability", durability(info));
        table.row("problem", info.problem().isEmpty() ? "-" : info.problem());
        if (info.store() != null) {
            store(table, info.store());
        }
        if (info.durability() != null) {
            table.row("uncommitted bytes", info.uncommittedBytes());
            table.row("durable sessions", info.sessions());
            table.row("queued messages", info.queuedMessages());
            table.row("in flight", info.inFlight());
            table.row("bytes of both", bytes(info.bytes()));
            table.row("awaiting release", info.awaitingRelease());
        }
        table.row("retained messages", info.retained());
        table.print();
        return null;
    }

    private void store(Table table, StoreStatus store) {
        table.row("state", store.state().name().toLowerCase(Locale.ROOT));
        table.row("engine", store.engine());
        table.row("location", store.location());
        table.row("on disk", bytes(store.diskBytes()));
        table.row("free", bytes(store.freeBytes()));
        table.row("commit p50", "<= " + store.commits().quantile(0.5) + " us");
        table.row("commit p99", "<= " + store.commits().quantile(0.99) + " us");
        table.row("commit max", "<= " + store.commits().quantile(1) + " us");
        store.counters().forEach(table::row);
    }

    private static String durability(StorageInfo info) {
        return info.durability() == null ? "memory" : info.durability().name().toLowerCase(Locale.ROOT);
    }

    /** For people in units, for scripts in bytes. */
    private String bytes(long bytes) {
        if (raw || bytes < 1024) {
            return Long.toString(bytes);
        }
        int unit = Math.min(5, (63 - Long.numberOfLeadingZeros(bytes)) / 10);
        return String.format(Locale.ROOT, "%.1f %ciB", bytes / Math.pow(1024, unit), "KMGTP".charAt(unit - 1));
    }
}
