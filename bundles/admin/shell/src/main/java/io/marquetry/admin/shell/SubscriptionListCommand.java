// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Clients;
import io.marquetry.api.admin.Metrics;
import io.marquetry.api.admin.SubscriptionInfo;
import io.marquetry.api.admin.Subscriptions;
import java.util.List;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:subscription-list}. */
@Service
@Command(scope = "mqtt", name = "subscription-list", description = "Lists who subscribes to what")
public final class SubscriptionListCommand implements Action {
    @Argument(name = "ID", description = "Only those of this client identifier")
    @Completion(ClientIdCompleter.class)
    private @Nullable String id;

    @Option(name = "--limit", description = "How many to show at most")
    private int limit = 100;

    @Option(name = "--no-format", description = "One line each, values parted by tabs")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Subscriptions subscriptions;

    @Reference(optional = true)
    private @Nullable Clients clients;

    @Reference(optional = true)
    private @Nullable Metrics metrics;

    @Override
    public @Nullable Object execute() throws Exception {
        Subscriptions service = Ask.present(subscriptions, "subscriptions");
        Ask.limit(limit);
        long all = count();
        List<SubscriptionInfo> shown = Ask.answer(service.list(id, limit));
        Table table = new Table(raw)
                .text("Client")
                .text("Filter")
                .number("QoS")
                .text("No local")
                .text("Retain as published")
                .ifEmpty("no subscription");
        for (SubscriptionInfo subscription : shown) {
            table.row(
                    subscription.clientId(),
                    subscription.filter(),
                    subscription.qos(),
                    subscription.noLocal(),
                    subscription.retainAsPublished());
        }
        table.print();
        Table.leftOut("subscriptions", shown.size(), all - shown.size(), "--limit shows more, an ID fewer");
        return null;
    }

    private long count() throws InterruptedException {
        String client = id;
        if (client == null) {
            return Ask.present(metrics, "metrics").gauges().getOrDefault("subscriptions.count", 0L);
        }
        return Ask.answer(Ask.present(clients, "clients").find(client))
                .orElseThrow(() -> new IllegalArgumentException(ClientInfoCommand.noSession(client)))
                .subscriptions();
    }
}
