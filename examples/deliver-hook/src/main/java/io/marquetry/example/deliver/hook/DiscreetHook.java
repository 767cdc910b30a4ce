// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.deliver.hook;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.DeliverHook;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.UserProperty;
import java.util.List;
import org.osgi.service.component.annotations.Component;

/**
 * Keeps what is internal from clients that are not: they do not get messages marked with the user property
 * {@code internal}, nor any user property whose name begins with {@code internal-}.
 */
@Component
public final class DiscreetHook implements DeliverHook {
    private static final String MARK = "internal";
    private static final String PREFIX = "internal-";

    @Override
    public Verdict onDeliver(ClientInfo client, Message message) {
        List<UserProperty> all = message.userProperties();
        // Most messages have none: for them this costs nothing, and it is called for each copy of each message.
        if (all.isEmpty() || client.clientId().startsWith(PREFIX)) {
            return Verdict.PASS;
        }
        if (all.stream().anyMatch(property -> property.name().equals(MARK))) {
            return Verdict.DROP;
        }
        List<UserProperty> shown = all.stream()
                .filter(property -> !property.name().startsWith(PREFIX))
                .toList();
        return shown.size() == all.size() ? Verdict.PASS : new Verdict.Replace(message.withUserProperties(shown));
    }
}
