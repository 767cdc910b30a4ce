// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ListenerInfo;
import io.marquetry.api.admin.Listeners;
import java.util.concurrent.CompletionStage;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** {@code mqtt:listener-start}. */
@Service
@Command(scope = "mqtt", name = "listener-start", description = "Opens a listener; one that is open stays as it is")
public final class ListenerStartCommand extends ListenerAction {
    @Override
    CompletionStage<ListenerInfo> change(Listeners listeners, String id) {
        return listeners.start(id);
    }
}
