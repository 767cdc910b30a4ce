// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.http;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.auth.support.InstanceKeys;
import io.marquetry.auth.support.Seldom;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks an HTTP server what a client may do. The broker remembers the answers for a while. */
@Component(configurationPid = HttpAuthorizer.PID, configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class HttpAuthorizer implements Authorizer {
    static final String PID = "io.marquetry.auth.http.authorizer";

    private static final Logger LOG = LoggerFactory.getLogger(HttpAuthorizer.class);
    private static final String JSON_BODY = "{\"clientid\":\"${clientid}\",\"username\":\"${username}\","
            + "\"topic\":\"${topic}\",\"action\":\"${action}\",\"qos\":${qos},\"retain\":${retain}}";
    private static final String FORM_BODY = "clientid=${clientid}&username=${username}&topic=${topic}&action=${action}"
            + "&qos=${qos}&retain=${retain}";

    private final Seldom denials = new Seldom(LOG);
    private final Server server;
    private final Decision allow;
    private final Decision deny;

    /** Reads the configuration; connects when the first client wants something. */
    @Activate
    public HttpAuthorizer(Map<String, Object> properties) {
        InstanceKeys keys = InstanceKeys.of(properties, PID);
        server = Server.read(keys, Set.of("topic", "action", "qos", "retain"), JSON_BODY, FORM_BODY, LOG);
        allow = new Decision.Allow(keys.name() + ": " + server.shown() + " allows");
        deny = new Decision.Deny(keys.name() + ": " + server.shown() + " denies");
    }

    @Override
    public Decision authorize(ClientInfo client, Action action, String topic) {
        CompletionStage<Verdict> asked = server.ask(name -> value(client, action, topic, name));
        if (asked == null) {
            denials.say("denied client=" + client.clientId() + " topic=" + topic
                    + ": it would lead to another path of the server");
            return deny;
        }
        return new Decision.Later(asked.thenApply(verdict -> switch (verdict.result()) {
            case ALLOW -> allow;
            case DENY -> deny;
            case IGNORE -> Decision.ABSTAIN;
        }));
    }

    private static String value(ClientInfo client, Action action, String topic, String name) {
        return switch (name) {
            case "topic" -> topic;
            case "action" -> action instanceof Action.Publish ? "publish" : "subscribe";
            case "qos" ->
                Integer.toString(
                        action instanceof Action.Publish publish
                                ? publish.qos().ordinal()
                                : ((Action.Subscribe) action).qos().ordinal());
            case "retain" -> Boolean.toString(action instanceof Action.Publish publish && publish.retain());
            default -> Server.value(client, name);
        };
    }

    /** Nobody asks any more. */
    @Deactivate
    void close() {
        server.close();
    }
}
