// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.publish.hook;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.api.mqtt.UserProperty;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses what is published to some topics, marks everything else with a user property, and counts both. Many event
 * loops call it at once: its fields are final, and the counters are made for many writers.
 */
@Component(configurationPid = "io.marquetry.example.publish.hook")
@Designate(ocd = MarkingHook.Config.class)
public final class MarkingHook implements PublishHook {
    /** What an operator can set. */
    @ObjectClassDefinition(name = "Marquetry: example of a publish hook")
    public @interface Config {
        /** The name of the user property that each message gets. */
        @AttributeDefinition(description = "Name of the user property that each message gets")
        String markName() default "seen-by";

        /** The value of that user property. */
        @AttributeDefinition(description = "Value of that user property")
        String markValue() default "marking-hook";

        /** Topic filters; what is published to a topic that one of them matches is refused. */
        @AttributeDefinition(description = "Topic filters; what is published to a matching topic is refused")
        String[] refuse() default {"forbidden/#"};
    }

    private static final Logger LOG = LoggerFactory.getLogger(MarkingHook.class);
    private static final Verdict REFUSED = new Verdict.Refuse(ReasonCode.NOT_AUTHORIZED);

    private final UserProperty mark;
    private final List<TopicFilter> refused;
    private final LongAdder markedCount = new LongAdder();
    private final LongAdder refusedCount = new LongAdder();

    /** Reads the configuration; a filter that is none stops the component here, with a line that names it. */
    @Activate
    public MarkingHook(Config config) {
        mark = new UserProperty(config.markName(), config.markValue());
        refused = Arrays.stream(config.refuse()).map(TopicFilter::parse).toList();
    }

    @Override
    public Verdict onPublish(ClientInfo client, Publish publish) {
        for (TopicFilter filter : refused) {
            if (filter.matches(publish.topic())) {
                refusedCount.increment();
                LOG.debug("refused a message client={} topic={}", client.clientId(), publish.topic());
                return REFUSED;
            }
        }
        markedCount.increment();
        Message message = publish.message();
        List<UserProperty> properties = new ArrayList<>(message.userProperties());
        properties.add(mark);
        return new Verdict.Replace(message.withUserProperties(properties));
    }

    /** No message comes any more. */
    @Deactivate
    void close() {
        LOG.info("marked {} messages, refused {}", markedCount.sum(), refusedCount.sum());
    }
}
