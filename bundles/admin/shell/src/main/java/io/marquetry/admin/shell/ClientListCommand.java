// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ClientDetails;
import io.marquetry.api.admin.Clients;
import io.marquetry.api.admin.Metrics;
import io.marquetry.api.client.ClientInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:client-list}. */
@Service
@Command(scope = "mqtt", name = "client-list", description = "Lists sessions and their clients, in order of their ids")
public final class ClientListCommand implements Action {
    /** With a filter, no more than so many are counted beyond those shown. */
    private static final int COUNTED = 10_000;

    @Option(name = "--filter", description = "Only ids with this in them", valueToShowInHelp = "")
    private String part = "";

    @Option(name = "--limit", description = "How many to show at most")
    private int limit = 100;

    @Option(name = "--connected", description = "Only those whose client is connected")
    private boolean connected;

    @Option(name = "--no-format", description = "One line each, values parted by tabs")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Clients clients;

    @Reference(optional = true)
    private @Nullable Metrics metrics;

    private long leftOut;

    @Override
    public @Nullable Object execute() throws Exception {
        Clients service = Ask.present(clients, "clients");
        Ask.limit(limit);
        List<ClientDetails> shown = connected ? connected(service) : sessions(service);
        Table table = new Table(raw)
                .text("Client")
                .text("User")
                .text("Address")
                .text("Listener")
                .text("Version")
                .text("Connected")
                .text("Since")
                .number("Subscriptions")
                .number("In flight")
                .number("Queue")
                .number("Dropped")
                .ifEmpty("no client");
        for (ClientDetails client : shown) {
            ClientInfo now = client.connection();
            table.row(
                    client.clientId(),
                    Table.orDash(now == null ? null : now.username()),
                    Show.address(now),
                    Table.orDash(now == null ? null : now.listener()),
                    Show.version(now),
                    client.isConnected(),
                    Table.time(now == null ? client.disconnectedAt() : now.connectedAt()),
                    client.subscriptions(),
                    client.inflight(),
                    client.queueLength(),
                    client.dropped());
        }
        table.print();
        Table.leftOut("clients", shown.size(), leftOut, "--limit shows more, --filter or --connected fewer");
        return null;
    }

    private List<ClientDetails> sessions(Clients service) throws InterruptedException {
        if (part.isEmpty()) {
            List<ClientDetails> found = Ask.answer(service.list("", limit));
            leftOut = Ask.present(metrics, "metrics").gauges().getOrDefault("sessions.count", 0L) - found.size();
            return found;
        }
        int asked = (int) Math.min(Integer.MAX_VALUE, (long) limit + COUNTED);
        List<ClientDetails> found = Ask.answer(service.list(part, asked));
        leftOut = Math.max(0, found.size() - limit);
        return found.subList(0, Math.min(limit, found.size()));
    }

    private List<ClientDetails> connected(Clients service) throws InterruptedException {
        List<String> ids = Ask.answer(service.connected()).stream()
                .map(ClientInfo::clientId)
                .filter(id -> id.contains(part))
                .sorted()
                .toList();
        List<String> first = ids.subList(0, Math.min(limit, ids.size()));
        leftOut = ids.size() - first.size();
        List<CompletionStage<Optional<ClientDetails>>> questions =
                first.stream().map(service::find).toList();
        List<ClientDetails> found = new ArrayList<>();
        for (CompletionStage<Optional<ClientDetails>> question : questions) {
            // Who has gone in the meantime is not connected.
            Ask.answer(question).filter(ClientDetails::isConnected).ifPresent(found::add);
        }
        return found;
    }
}
