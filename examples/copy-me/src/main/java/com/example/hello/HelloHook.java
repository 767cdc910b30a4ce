package com.example.hello;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.mqtt.Message;
import java.nio.charset.StandardCharsets;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Greets: what is published to a topic below {@code hello/} gets a name in front. Everything else passes. */
@Component
public final class HelloHook implements PublishHook {
    private static final Logger LOG = LoggerFactory.getLogger(HelloHook.class);

    @Override
    public Verdict onPublish(ClientInfo client, Publish publish) {
        if (!publish.topic().startsWith("hello/")) {
            return Verdict.PASS;
        }
        LOG.info("greeting client={} topic={}", client.clientId(), publish.topic());
        Message message = publish.message();
        String text = new String(message.payload(), StandardCharsets.UTF_8);
        String greeting = client.clientId() + " says: " + text;
        return new Verdict.Replace(message.withPayload(greeting.getBytes(StandardCharsets.UTF_8)));
    }
}
