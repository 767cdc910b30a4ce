// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ExtensionInfo;
import io.marquetry.api.admin.Extensions;
import java.util.concurrent.CompletionStage;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** {@code mqtt:extension-restart}. */
@Service
@Command(
        scope = "mqtt",
        name = "extension-restart",
        description = "Stops an extension and starts it again, or tries a jar again that has failed")
public final class ExtensionRestartCommand extends ExtensionAction {
    @Argument(name = "NAME", description = "The extension, for example auth.file", required = true)
    @Completion(ExtensionNameCompleter.class)
    private String name = "";

    @Override
    CompletionStage<ExtensionInfo> change(Extensions extensions) {
        return extensions.restart(name);
    }
}
