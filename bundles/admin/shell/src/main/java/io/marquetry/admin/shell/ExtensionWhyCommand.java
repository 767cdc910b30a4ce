// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Extensions;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:extension-why}. */
@Service
@Command(
        scope = "mqtt",
        name = "extension-why",
        description = "Says why an extension is as it is, what happened last at the end")
public final class ExtensionWhyCommand implements Action {
    @Argument(name = "NAME", description = "The extension, or a file in deploy/", required = true)
    @Completion(ExtensionNameCompleter.class)
    private String name = "";

    @Reference(optional = true)
    private @Nullable Extensions extensions;

    @Override
    public @Nullable Object execute() {
        for (String line : Ask.present(extensions, "extensions").why(name)) {
            System.out.println(Table.printable(line));
        }
        return null;
    }
}
