// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ExtensionInfo;
import io.marquetry.api.admin.Extensions;
import java.util.List;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.jspecify.annotations.Nullable;

/** Completes the names of extensions. */
@Service
public final class ExtensionNameCompleter implements Completer {
    @Reference(optional = true)
    private @Nullable Extensions extensions;

    @Override
    public int complete(Session session, CommandLine line, List<String> candidates) {
        if (extensions == null) {
            return -1;
        }
        List<String> names =
                extensions.list().stream().map(ExtensionInfo::name).distinct().toList();
        return new StringsCompleter(names).complete(session, line, candidates);
    }
}
