// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Access;
import io.marquetry.api.mqtt.QoS;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:authz-check}. */
@Service
@Command(
        scope = "mqtt",
        name = "authz-check",
        description = "Tells whether a connected client may publish or subscribe, and who decides that")
public final class AuthzCheckCommand implements Action {
    @Argument(index = 0, name = "CLIENT", description = "The client identifier", required = true)
    @Completion(ClientIdCompleter.class)
    private String id = "";

    @Argument(index = 1, name = "ACTION", description = "publish or subscribe", required = true)
    @Completion(
            value = StringsCompleter.class,
            values = {"publish", "subscribe"})
    private String action = "";

    @Argument(
            index = 2,
            name = "TOPIC",
            description = "The topic, or filter, as the client would send it: without its mountpoint",
            required = true)
    private String topic = "";

    @Option(name = "--qos", description = "The quality of service, 0 to 2")
    private int qos;

    @Option(name = "--retain", description = "As a message to be retained")
    private boolean retain;

    @Option(name = "--no-format", description = "One line each, values parted by tabs")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Access access;

    @Override
    public @Nullable Object execute() throws Exception {
        Access.Explanation said = Ask.answer(Ask.present(access, "decisions").check(id, wanted(), topic))
                .orElseThrow(() -> new IllegalArgumentException("no client is connected with the identifier "
                        + Table.printable(id) + "; mqtt:client-list --connected lists those that are"));
        Table table = new Table(raw).text("What").text("Value");
        table.row("allowed", said.allowed());
        table.row("by", said.by());
        table.row("rule", Table.orDash(said.rule()));
        table.print();
        return null;
    }

    private io.marquetry.api.auth.Action wanted() {
        if (qos < 0 || qos > 2) {
            throw new IllegalArgumentException("expected --qos to be 0, 1 or 2, got " + qos);
        }
        return switch (action) {
            case "publish" -> new io.marquetry.api.auth.Action.Publish(QoS.of(qos), retain);
            case "subscribe" -> {
                if (retain) {
                    throw new IllegalArgumentException("expected --retain with publish only");
                }
                yield new io.marquetry.api.auth.Action.Subscribe(QoS.of(qos));
            }
            default ->
                throw new IllegalArgumentException("expected publish or subscribe, got " + Table.printable(action));
        };
    }
}
