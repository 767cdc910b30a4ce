// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Metrics;
import io.marquetry.api.admin.Subscriptions;
import java.util.List;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:topic-list}. */
@Service
@Command(scope = "mqtt", name = "topic-list", description = "Lists the topic filters that have subscribers")
public final class TopicListCommand implements Action {
    @Option(name = "--limit", description = "How many to show at most")
    private int limit = 100;

    @Option(name = "--no-format", description = "One line each")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Subscriptions subscriptions;

    @Reference(optional = true)
    private @Nullable Metrics metrics;

    @Override
    public @Nullable Object execute() {
        List<String> shown = Ask.present(subscriptions, "subscriptions").filters(Ask.limit(limit));
        Table table = new Table(raw).text("Filter").ifEmpty("no subscription");
        shown.forEach(table::row);
        table.print();
        long all = Ask.present(metrics, "metrics").gauges().getOrDefault("topics.count", 0L);
        Table.leftOut("filters", shown.size(), all - shown.size(), "--limit shows more");
        return null;
    }
}
