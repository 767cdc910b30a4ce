// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ExtensionInfo;
import io.marquetry.api.admin.Extensions;
import java.util.concurrent.CompletionStage;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** {@code mqtt:extension-remove}. */
@Service
@Command(scope = "mqtt", name = "extension-remove", description = "Removes an extension and its jar in deploy/")
public final class ExtensionRemoveCommand extends ExtensionAction {
    @Argument(name = "NAME", description = "The extension, for example auth.file", required = true)
    @Completion(ExtensionNameCompleter.class)
    private String name = "";

    @Override
    CompletionStage<ExtensionInfo> change(Extensions extensions) {
        return extensions.remove(name);
    }
}
