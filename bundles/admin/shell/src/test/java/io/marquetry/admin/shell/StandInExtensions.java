// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ExtensionInfo;
import io.marquetry.api.admin.ExtensionInfo.ServiceInfo;
import io.marquetry.api.admin.ExtensionInfo.State;
import io.marquetry.api.admin.Extensions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One extension that is well, and {@code broken}, which is gone back from. */
final class StandInExtensions implements Extensions {
    final List<String> calls = new ArrayList<>();

    private static final ExtensionInfo WELL = info(
            "io.marquetry.auth.file",
            State.ACTIVE,
            null,
            List.of(
                    new ServiceInfo("Authenticator", "auth.file", 5, 1000, 2, 4_000_000, 1, "closed"),
                    new ServiceInfo("Guard", "io.marquetry.auth.file", 0, 1, 0, 9_000_000, 0, "open")));
    private static final ExtensionInfo BROKEN = info("broken", State.ROLLED_BACK, "it threw", List.of());

    private static ExtensionInfo info(String name, State state, @Nullable String problem, List<ServiceInfo> services) {
        return new ExtensionInfo(
                name, "1.0.0", state, name + ".jar", problem == null, problem, 1_700_000_000_000L, services);
    }

    @Override
    public List<ExtensionInfo> list() {
        return List.of(BROKEN, WELL);
    }

    @Override
    public Optional<ExtensionInfo> find(String name) {
        return name.equals("auth.file")
                ? Optional.of(WELL)
                : list().stream().filter(info -> info.name().equals(name)).findFirst();
    }

    @Override
    public CompletionStage<ExtensionInfo> install(String source) {
        return called("install " + source, source);
    }

    @Override
    public CompletionStage<ExtensionInfo> update(String name, String source) {
        return called("update " + name + " " + source, name);
    }

    @Override
    public CompletionStage<ExtensionInfo> remove(String name) {
        return called("remove " + name, name);
    }

    @Override
    public CompletionStage<ExtensionInfo> restart(String name) {
        return called("restart " + name, name);
    }

    @Override
    public CompletionStage<ExtensionInfo> release(String name) {
        return called("release " + name, name);
    }

    @Override
    public List<String> why(String name) {
        return List.of(name + " is so", "because\u001b of this");
    }

    private CompletionStage<ExtensionInfo> called(String what, String name) {
        calls.add(what);
        return find(name)
                .map(CompletableFuture::completedFuture)
                .orElseGet(() ->
                        CompletableFuture.failedFuture(new IllegalArgumentException("there is no extension " + name)));
    }
}
