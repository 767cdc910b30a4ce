// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.publish.hook;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.api.mqtt.UserProperty;
import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Adds a user property with the version of this bundle to each message on topics that match a filter. MQTT 5
 * subscribers see it, so it also shows which version is at work while the jar is replaced.
 *
 * <p>Configured by {@code conf/io.marquetry.example.publish.hook.cfg}; works without.
 */
@Component(configurationPid = "io.marquetry.example.publish.hook")
@Designate(ocd = StampingHook.Config.class)
public final class StampingHook implements PublishHook {
    /** What can be configured. */
    @ObjectClassDefinition(name = "Marquetry: example publish hook")
    public @interface Config {
        /** Which topics. */
        @AttributeDefinition(description = "Topic filter of the messages that are stamped")
        String filter() default "#";

        /** The name of the property. */
        @AttributeDefinition(description = "Name of the user property that is added")
        String property() default "stamped-by";
    }

    private final TopicFilter filter;
    private final UserProperty stamp;

    /** Called by the container; a new configuration makes a new hook. */
    @Activate
    public StampingHook(Config config, BundleContext context) {
        this(
                config.filter(),
                config.property(),
                context.getBundle().getVersion().toString());
    }

    StampingHook(String filter, String property, String version) {
        this.filter = TopicFilter.parse(filter);
        this.stamp = new UserProperty(property, version);
    }

    @Override
    public Verdict onPublish(ClientInfo client, Message message) {
        return filter.matches(message.topic()) ? new Verdict.Replace(stamped(message)) : Verdict.PASS;
    }

    private Message stamped(Message message) {
        List<UserProperty> properties = new ArrayList<>(message.userProperties());
        properties.add(stamp);
        return message.withUserProperties(properties);
    }
}
