// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ClientDetails;
import io.marquetry.api.admin.Clients;
import io.marquetry.api.client.ClientInfo;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:client-info}. */
@Service
@Command(scope = "mqtt", name = "client-info", description = "Tells everything about one session and its client")
public final class ClientInfoCommand implements Action {
    @Argument(name = "ID", description = "The client identifier", required = true)
    @Completion(ClientIdCompleter.class)
    private String id = "";

    @Option(name = "--no-format", description = "One line each, values parted by tabs")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Clients clients;

    @Override
    public @Nullable Object execute() throws Exception {
        ClientDetails client = Ask.answer(Ask.present(clients, "clients").find(id))
                .orElseThrow(() -> new IllegalArgumentException(noSession(id)));
        Table table = new Table(raw).text("What").text("Value");
        table.row("client", client.clientId());
        table.row("connected", client.isConnected());
        ClientInfo now = client.connection();
        if (now != null) {
            table.row("user", Table.orDash(now.username()));
            table.row("address", Show.address(now));
            table.row("listener", now.listener());
            table.row("version", Show.version(now));
            table.row("connected at", Table.time(now.connectedAt()));
            table.row("clean start", now.cleanStart());
            table.row("keep alive", now.keepAliveSeconds() + " s");
            table.row("mountpoint", now.mountpoint().isEmpty() ? "-" : now.mountpoint());
            table.row("certificate", now.certificate() != null);
            table.row("superuser", now.superuser());
            table.row("attributes", Show.attributes(now));
        } else {
            table.row("disconnected at", Table.time(client.disconnectedAt()));
        }
        table.row("session since", Table.time(client.createdAt()));
        table.row("session ends", Show.expiry(client.expirySeconds()));
        table.row("subscriptions", client.subscriptions());
        table.row("in flight", client.inflight());
        table.row("queue", client.queueLength());
        table.row("bytes of both", client.queueBytes());
        table.row("dropped", client.dropped());
        table.row("awaiting PUBREL", client.awaitingRel());
        table.print();
        return null;
    }

    static String noSession(String id) {
        return "there is no session with the client identifier " + Table.printable(id)
                + "; mqtt:client-list --filter PART finds those with PART in them";
    }
}
