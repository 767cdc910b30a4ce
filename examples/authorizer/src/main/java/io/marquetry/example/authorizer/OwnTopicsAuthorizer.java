// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.authorizer;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.Template;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Gives each client a branch of topics of its own, and to everybody one to subscribe to; the rest is left to others.
 */
@Component(configurationPid = "io.marquetry.example.authorizer")
@Designate(ocd = OwnTopicsAuthorizer.Config.class)
public final class OwnTopicsAuthorizer implements Authorizer {
    /** What an operator can set. */
    @ObjectClassDefinition(name = "Marquetry: example of an authorizer")
    public @interface Config {
        /** The branch of a client, ending with {@code /}. */
        @AttributeDefinition(description = "What the topics of a client begin with; placeholders are filled")
        String own() default "clients/%c/";

        /** The branch that all may subscribe to, ending with {@code /}. */
        @AttributeDefinition(description = "What everybody may subscribe to begins with")
        String news() default "news/";
    }

    private static final Decision OWN = new Decision.Allow("own topics");
    private static final Decision NEWS = new Decision.Allow("news");

    private final Template own;
    private final String news;

    /** Reads the configuration; a placeholder that is none stops the component here, with a line that lists them. */
    @Activate
    public OwnTopicsAuthorizer(Config config) {
        own = Template.parse(config.own());
        news = config.news();
    }

    @Override
    public Decision authorize(ClientInfo client, Action action, String topic) {
        // Null when the client is called so that it would reach into a branch of others, such as "a/#".
        String branch = own.topic(client);
        if (branch != null && topic.startsWith(branch)) {
            return OWN;
        }
        return action instanceof Action.Subscribe && topic.startsWith(news) ? NEWS : Decision.ABSTAIN;
    }
}
