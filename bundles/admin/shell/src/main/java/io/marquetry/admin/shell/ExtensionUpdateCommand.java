// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ExtensionInfo;
import io.marquetry.api.admin.Extensions;
import java.util.concurrent.CompletionStage;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** {@code mqtt:extension-update}. */
@Service
@Command(scope = "mqtt", name = "extension-update", description = "Puts another jar in the place of an extension")
public final class ExtensionUpdateCommand extends ExtensionAction {
    @Argument(index = 0, name = "NAME", description = "The extension, for example auth.file", required = true)
    @Completion(ExtensionNameCompleter.class)
    private String name = "";

    @Argument(
            index = 1,
            name = "SOURCE",
            description = "A name from extensions/, or the path of a jar",
            required = true)
    private String source = "";

    @Override
    CompletionStage<ExtensionInfo> change(Extensions extensions) {
        return extensions.update(name, source);
    }
}
