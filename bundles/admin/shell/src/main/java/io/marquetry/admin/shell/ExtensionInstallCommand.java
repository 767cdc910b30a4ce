// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ExtensionInfo;
import io.marquetry.api.admin.Extensions;
import java.util.concurrent.CompletionStage;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** {@code mqtt:extension-install}. */
@Service
@Command(scope = "mqtt", name = "extension-install", description = "Installs an extension: copies its jar into deploy/")
public final class ExtensionInstallCommand extends ExtensionAction {
    @Argument(name = "SOURCE", description = "A name from extensions/, or the path of a jar", required = true)
    @Completion(ExtensionNameCompleter.class)
    private String source = "";

    @Override
    CompletionStage<ExtensionInfo> change(Extensions extensions) {
        return extensions.install(source);
    }
}
