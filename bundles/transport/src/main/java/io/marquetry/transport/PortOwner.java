// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Finds out who listens on a port, where the system tells: on Linux, and for processes that we may look at. */
final class PortOwner {
    private static final Path PROC = Path.of("/proc");
    private static final String LISTEN = "0A";

    private PortOwner() {}

    /** A piece of a sentence, {@code " (used by process 42, mosquitto)"}, or nothing. */
    static String of(int port) {
        try {
            Set<String> sockets = listening(port);
            if (sockets.isEmpty() || !Files.isDirectory(PROC)) {
                return "";
            }
            try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
                for (Path process : processes) {
                    if (holdsAny(process, sockets)) {
                        String command =
                                Files.readString(process.resolve("comm")).trim();
                        return " (used by process " + process.getFileName() + ", " + command + ")";
                    }
                }
            }
        } catch (IOException | UncheckedIOException e) {
            // It was only to help: what is said without it is right too.
            return "";
        }
        return "";
    }

    private static Set<String> listening(int port) throws IOException {
        Set<String> sockets = new HashSet<>();
        String suffix = String.format(":%04X", port);
        for (String table : List.of("net/tcp", "net/tcp6")) {
            Path file = PROC.resolve(table);
            if (!Files.isReadable(file)) {
                continue;
            }
            for (String line : Files.readAllLines(file)) {
                String[] columns = line.trim().split("\\s+");
                if (columns.length > 9 && columns[1].endsWith(suffix) && columns[3].equals(LISTEN)) {
                    sockets.add("socket:[" + columns[9] + "]");
                }
            }
        }
        return sockets;
    }

    private static boolean holdsAny(Path process, Set<String> sockets) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                if (Files.isSymbolicLink(descriptor)
                        && sockets.contains(Files.readSymbolicLink(descriptor).toString())) {
                    return true;
                }
            }
        } catch (IOException e) {
            return false; // it has ended, or is not ours to look at
        }
        return false;
    }
}
