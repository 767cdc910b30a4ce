// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import io.marquetry.api.admin.ExtensionInfo;
import io.marquetry.api.admin.ExtensionInfo.State;
import io.marquetry.api.admin.Extensions;
import io.marquetry.core.internal.extension.Folder.Found;
import io.marquetry.core.internal.hook.Hooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The extensions for whoever administers them. A command does to {@code deploy/} what a hand would do, and has the
 * folder looked at at once.
 */
final class BrokerExtensions implements Extensions {
    private final ExtensionInstaller installer;
    private final Shelf shelf;
    private final Required required;
    private final Hooks hooks;
    private final Path data;
    /** The installer's thread. */
    private final Executor executor;
    /** Looks at what is required, after a change. */
    private final Runnable afterwards;

    BrokerExtensions(
            ExtensionInstaller installer,
            Places places,
            Required required,
            Hooks hooks,
            Executor executor,
            Runnable afterwards) {
        this.installer = installer;
        this.shelf = new Shelf(places.shelf());
        this.data = places.data();
        this.required = required;
        this.hooks = hooks;
        this.executor = executor;
        this.afterwards = afterwards;
    }

    // --- questions ---

    @Override
    public List<ExtensionInfo> list() {
        List<ExtensionInfo> all = new ArrayList<>();
        Set<String> files = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (Life life : installer.lives()) {
            ExtensionInfo info = info(life);
            all.add(info);
            names.add(info.name());
            if (info.file() != null) {
                files.add(info.file());
            }
        }
        all.addAll(besides(installer.found(), files));
        try {
            for (Shelf.Item item : shelf.items().values()) {
                if (!names.contains(item.name())) {
                    all.add(new ExtensionInfo(
                            item.name(), item.version(), State.AVAILABLE, null, false, null, 0, List.of()));
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("the folder extensions/ cannot be read: " + e, e);
        }
        all.sort(Comparator.comparing(ExtensionInfo::name).thenComparing(ExtensionInfo::state));
        return all;
    }

    private ExtensionInfo info(Life life) {
        return life.info(hooks.services(life.name()));
    }

    /**
     * Files that are not those by which extensions run. The best of a name is never one of them: it runs, or its turn
     * comes in a moment, and until then the extension is what it was.
     */
    static List<ExtensionInfo> besides(List<Found> found, Set<String> files) {
        Map<String, List<Jar>> jars =
                found.stream().map(Found::jar).filter(Objects::nonNull).collect(Collectors.groupingBy(Jar::name));
        List<ExtensionInfo> besides = new ArrayList<>();
        for (Found one : found) {
            Jar jar = one.jar();
            if (files.contains(one.fileName())) {
                continue;
            }
            if (jar == null) {
                besides.add(new ExtensionInfo(
                        one.fileName(), "", State.REFUSED, one.fileName(), false, one.problem(), 0, List.of()));
            } else if (!jar.equals(ExtensionInstaller.best(jars.getOrDefault(jar.name(), List.of(jar))))) {
                besides.add(new ExtensionInfo(
                        jar.name(),
                        jar.version().toString(),
                        State.SHADOWED,
                        one.fileName(),
                        false,
                        "another jar of this name has a higher version",
                        0,
                        List.of()));
            }
        }
        return besides;
    }

    @Override
    public Optional<ExtensionInfo> find(String name) {
        return list().stream()
                .filter(info -> Required.isNameOf(name, info.name()))
                .min(Comparator.comparing(info -> info.state() == State.SHADOWED));
    }

    @Override
    public List<String> why(String name) {
        ExtensionInfo info = find(name).orElse(null);
        Life life = info == null ? null : installer.life(info.name());
        if (life == null) {
            life = installer.departed().find(name);
        }
        List<String> lines = new ArrayList<>();
        if (info != null) {
            lines.add(info.name() + " " + info.version() + " is " + info.state()
                    + (info.problem() == null ? "" : ": " + info.problem()));
            if (info.required()) {
                lines.add("it is required: without it nobody new is let in");
            }
        } else if (life != null) {
            lines.add(life.name() + " is not there any more");
        } else {
            throw unknown(name);
        }
        if (life != null) {
            // Both begin with a time, which sorts as a text.
            Stream.concat(hooks.faults(life.name()).stream(), life.journal().stream())
                    .sorted(Comparator.comparing(line -> line.substring(0, line.indexOf(' '))))
                    .forEach(lines::add);
        }
        return lines;
    }

    private static IllegalArgumentException unknown(String name) {
        return new IllegalArgumentException(
                "there is no extension " + name + "; expected a name of mqtt:extension-list, for example auth.file");
    }

    // --- commands ---

    @Override
    public CompletionStage<ExtensionInfo> install(String source) {
        return change(() -> {
            Jar jar = read(source);
            Life known = installer.life(jar.name());
            if (known != null) {
                throw new IllegalArgumentException(jar.name()
                        + " is in deploy/ already; to put another jar in its place is mqtt:extension-update");
            }
            return put(jar, jar.file().getFileName().toString());
        });
    }

    @Override
    public CompletionStage<ExtensionInfo> update(String name, String source) {
        return change(() -> {
            Life life = life(name);
            Jar jar = read(source);
            if (!jar.name().equals(life.name())) {
                throw new IllegalArgumentException("expected a jar of " + life.name() + ", got one of " + jar.name());
            }
            String file = life.info(List.of()).file();
            return put(jar, file == null ? jar.file().getFileName().toString() : file);
        });
    }

    private ExtensionInfo put(Jar jar, String fileName) throws IOException {
        installer.folder().put(jar.copy(), fileName);
        Files.deleteIfExists(jar.copy());
        installer.scan();
        afterwards.run();
        return info(life(jar.name()));
    }

    @Override
    public CompletionStage<ExtensionInfo> remove(String name) {
        return change(() -> {
            Life life = life(name);
            for (Found found : installer.found()) {
                Jar jar = found.jar();
                boolean its = jar != null
                        ? jar.name().equals(life.name())
                        : found.fileName().equals(life.memory.file());
                if (its) {
                    Files.deleteIfExists(found.file());
                }
            }
            ExtensionInfo last = info(life);
            installer.scan();
            afterwards.run();
            return find(life.name())
                    .orElse(new ExtensionInfo(
                            last.name(), last.version(), State.AVAILABLE, null, false, null, 0, List.of()));
        });
    }

    @Override
    public CompletionStage<ExtensionInfo> restart(String name) {
        return change(() -> {
            Life life = life(name);
            installer.restart(life);
            afterwards.run();
            return info(life);
        });
    }

    @Override
    public CompletionStage<ExtensionInfo> release(String name) {
        return change(() -> {
            Life life = find(name).map(info -> installer.life(info.name())).orElse(null);
            if (life == null && !required.isRequired(name, Set.of())) {
                throw unknown(name);
            }
            required.release(life == null ? name : life.name());
            afterwards.run();
            return life == null
                    ? new ExtensionInfo(name, "", State.WAITING, null, false, "it is not there", 0, List.of())
                    : info(life);
        });
    }

    private Life life(String name) {
        for (Life life : installer.lives()) {
            if (Required.isNameOf(name, life.name())) {
                return life;
            }
        }
        throw unknown(name);
    }

    /** A jar of {@code extensions/}, or of any path, as it would be taken. */
    private Jar read(String source) throws IOException {
        Path file = file(source);
        Path copy = data.resolve(".incoming").resolve(UUID.randomUUID() + ".part");
        try {
            return Jar.read(file, copy);
        } catch (Jar.NotWholeException | RefusedException e) {
            Files.deleteIfExists(copy);
            throw new IllegalArgumentException(file + " cannot be an extension: " + e.getMessage(), e);
        }
    }

    private Path file(String source) throws IOException {
        for (Shelf.Item item : shelf.items().values()) {
            if (Required.isNameOf(source, item.name())) {
                return item.file();
            }
        }
        Path path = pathOrNull(source);
        if (path == null || !Files.isRegularFile(path)) {
            throw new IllegalArgumentException("expected a name from extensions/ or the path of a jar, got " + source
                    + "; there are " + shelf.items().keySet());
        }
        return path;
    }

    private static @Nullable Path pathOrNull(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private CompletionStage<ExtensionInfo> change(Callable<ExtensionInfo> change) {
        CompletableFuture<ExtensionInfo> done = new CompletableFuture<>();
        executor.execute(() -> {
            try {
                done.complete(change.call());
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        return done.minimalCompletionStage();
    }
}
