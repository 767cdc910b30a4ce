// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ExtensionInfo;
import io.marquetry.api.admin.ExtensionInfo.ServiceInfo;
import io.marquetry.api.admin.Extensions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:extension-top}. */
@Service
@Command(
        scope = "mqtt",
        name = "extension-top",
        description = "Lists the services of extensions, those that took the most time first")
public final class ExtensionTopCommand implements Action {
    private record Line(String extension, ServiceInfo service) {}

    @Option(name = "--no-format", description = "One line each, values parted by tabs")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Extensions extensions;

    @Override
    public @Nullable Object execute() {
        List<Line> lines = new ArrayList<>();
        for (ExtensionInfo extension : Ask.present(extensions, "extensions").list()) {
            extension.services().forEach(service -> lines.add(new Line(extension.name(), service)));
        }
        lines.sort(
                Comparator.comparingLong((Line line) -> line.service().nanos()).reversed());
        Table table = new Table(raw)
                .text("extension")
                .text("type")
                .text("name")
                .number("calls")
                .number("failures")
                .number("pending")
                .number("total_ms")
                .number("mean_us")
                .text("breaker")
                .ifEmpty("no extension offers a service");
        for (Line line : lines) {
            ServiceInfo service = line.service();
            table.row(
                    line.extension(),
                    service.type(),
                    service.name(),
                    service.calls(),
                    service.failures(),
                    service.pending(),
                    service.nanos() / 1_000_000,
                    String.format(Locale.ROOT, "%.1f", service.nanos() / 1e3 / Math.max(1, service.calls())),
                    service.breaker());
        }
        table.print();
        return null;
    }
}
