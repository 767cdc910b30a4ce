// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Metrics;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:metrics}. */
@Service
@Command(
        scope = "mqtt",
        name = "metrics",
        description = "Shows what is counted since the start, what is there now, and the account of all messages")
public final class MetricsCommand implements Action {
    @Argument(name = "PREFIX", description = "Only those whose name begins so")
    @Completion(MetricNameCompleter.class)
    private String prefix = "";

    @Option(name = "--no-format", description = "One line each, values parted by tabs")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Metrics metrics;

    @Override
    public @Nullable Object execute() {
        Table table = new Table(raw).text("Kind").text("Name").number("Value");
        boolean[] any = new boolean[1];
        all(Ask.present(metrics, "metrics"))
                .forEach((kind, values) -> values.forEach((name, value) -> {
                    if (name.startsWith(prefix)) {
                        table.row(kind, name, value);
                        any[0] = true;
                    }
                }));
        if (!any[0]) {
            throw new IllegalArgumentException(
                    "no metric begins with " + Table.printable(prefix) + "; without a prefix all are shown");
        }
        table.print();
        return null;
    }

    static Map<String, SortedMap<String, Long>> all(Metrics metrics) {
        Map<String, SortedMap<String, Long>> all = new LinkedHashMap<>();
        all.put("counter", metrics.counters());
        all.put("gauge", metrics.gauges());
        all.put("accounting", metrics.accounting());
        return all;
    }
}
