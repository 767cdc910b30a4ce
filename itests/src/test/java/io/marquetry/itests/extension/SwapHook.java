// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.mqtt.UserProperty;
import java.util.List;
import org.osgi.framework.FrameworkUtil;

/** Marks every message with the last number of its bundle's version. */
public final class SwapHook implements PublishHook {
    private final List<UserProperty> mark = List.of(new UserProperty(
            "swap",
            Integer.toString(
                    FrameworkUtil.getBundle(SwapHook.class).getVersion().getMicro())));

    /** For the component runtime. */
    public SwapHook() {}

    @Override
    public Verdict onPublish(ClientInfo client, Publish publish) {
        return new Verdict.Replace(publish.message().withUserProperties(mark));
    }
}
