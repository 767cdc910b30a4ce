// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ListenerInfo;
import io.marquetry.api.admin.Listeners;
import java.util.concurrent.CompletionStage;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** {@code mqtt:listener-stop}. */
@Service
@Command(
        scope = "mqtt",
        name = "listener-stop",
        description = "Closes a listener and ends the connections that came by it")
public final class ListenerStopCommand extends ListenerAction {
    @Override
    CompletionStage<ListenerInfo> change(Listeners listeners, String id) {
        return listeners.stop(id);
    }
}
