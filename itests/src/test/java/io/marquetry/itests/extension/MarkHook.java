// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.mqtt.UserProperty;
import java.util.List;
import java.util.Map;

/** Adds its property {@code mark} to every message, as a user property. */
public final class MarkHook implements PublishHook {
    private volatile String mark = "";

    /** Nothing is marked yet. */
    public MarkHook() {}

    /** Takes its configuration. */
    public void activate(Map<String, Object> properties) {
        mark = String.valueOf(properties.get("mark"));
    }

    @Override
    public Verdict onPublish(ClientInfo client, Publish publish) {
        return new Verdict.Replace(publish.message().withUserProperties(List.of(new UserProperty("mark", mark))));
    }
}
