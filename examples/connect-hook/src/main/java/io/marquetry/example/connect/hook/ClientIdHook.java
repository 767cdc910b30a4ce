// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.connect.hook;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.ConnectHook;
import io.marquetry.api.mqtt.ReasonCode;
import java.util.regex.Pattern;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns clients away whose identifier has a forbidden form, and logs who comes and goes. */
@Component(configurationPid = "io.marquetry.example.connect.hook")
@Designate(ocd = ClientIdHook.Config.class)
public final class ClientIdHook implements ConnectHook {
    /** What an operator can set. */
    @ObjectClassDefinition(name = "Marquetry: example of a connect hook")
    public @interface Config {
        /** A regular expression; clients whose whole identifier matches it are turned away. */
        @AttributeDefinition(description = "Regular expression for client identifiers that are turned away")
        String refuse() default "banned-.*";
    }

    private static final Logger LOG = LoggerFactory.getLogger(ClientIdHook.class);
    private static final Verdict REFUSED = new Verdict.Refuse(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID);

    private final Pattern refuse;

    /** Reads the configuration; a pattern that is none stops the component here, with a line that names it. */
    @Activate
    public ClientIdHook(Config config) {
        refuse = Pattern.compile(config.refuse());
    }

    @Override
    public Verdict onConnect(ClientInfo client) {
        if (refuse.matcher(client.clientId()).matches()) {
            LOG.info("turned away client={} address={}", client.clientId(), client.remoteAddress());
            return REFUSED;
        }
        LOG.info(
                "connected client={} version={} address={}",
                client.clientId(),
                client.version(),
                client.remoteAddress());
        return Verdict.PASS;
    }

    @Override
    public void onDisconnect(ClientInfo client, String reason) {
        LOG.info("disconnected client={} reason={}", client.clientId(), reason);
    }
}
