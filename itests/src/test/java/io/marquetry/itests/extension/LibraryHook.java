// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.UserProperty;
import java.util.List;

/** Adds what the library says that travels in its jar to the mark of every message: see {@link Library}. */
public final class LibraryHook implements PublishHook {
    private final String text;

    /** Asks the library that this class sees. */
    public LibraryHook() throws ReflectiveOperationException {
        text = String.valueOf(Class.forName(Library.NAME).getMethod("text").invoke(null));
    }

    @Override
    public Verdict onPublish(ClientInfo client, Publish publish) {
        Message message = publish.message();
        String before = message.userProperties().isEmpty()
                ? ""
                : message.userProperties().get(0).value() + " ";
        return new Verdict.Replace(message.withUserProperties(List.of(new UserProperty("mark", before + text))));
    }
}
