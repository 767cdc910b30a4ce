// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.builtin;

import io.marquetry.auth.support.Account;
import io.marquetry.auth.support.StoredPassword;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The users in a file that the broker alone writes: a line {@code NAME TAB HASH TAB FLAGS} each. A change is in memory
 * once it is on disk, and the file is whole at every moment. Read by many threads, changed by one at a time.
 */
final class UserStore {
    private static final String SUPERUSER = "superuser";

    /** A user with what is needed to check him. */
    record Entry(Account account, boolean superuser) {}

    private final Path file;
    private volatile Map<String, Entry> users;

    /**
     * Reads the file; there need not be one yet.
     *
     * @throws IOException when it cannot be read
     * @throws IllegalArgumentException with the line, when it is not what was written here
     */
    UserStore(Path file) throws IOException {
        this.file = file;
        this.users = Files.exists(file) ? read() : Map.of();
    }

    private Map<String, Entry> read() throws IOException {
        Map<String, Entry> result = new HashMap<>();
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            String[] parts = line.split("\t", -1);
            try {
                if (parts.length != 3) {
                    throw new IllegalArgumentException("expected a name, a hash and flags with tabs between them");
                }
                result.put(
                        parts[0], new Entry(new Account(StoredPassword.parse(parts[1])), parts[2].equals(SUPERUSER)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(file + ", line " + number + ": " + e.getMessage(), e);
            }
        }
        return result;
    }

    @Nullable
    Entry find(String name) {
        return users.get(name);
    }

    /** Somebody, or null when there is nobody. */
    @Nullable
    Entry anyone() {
        Map<String, Entry> now = users;
        return now.isEmpty() ? null : now.values().iterator().next();
    }

    /** All of them, in the order of their names; a copy. */
    SortedMap<String, Entry> all() {
        return new TreeMap<>(users);
    }

    /**
     * Changes users.
     *
     * @param changes by name; null deletes
     * @throws IOException when it could not be written; nothing has changed then
     */
    synchronized void change(Map<String, @Nullable Entry> changes) throws IOException {
        Map<String, Entry> changed = new HashMap<>(users);
        changes.forEach((name, entry) -> {
            if (entry == null) {
                changed.remove(name);
            } else {
                changed.put(name, entry);
            }
        });
        write(changed);
        users = changed;
    }

    private void write(Map<String, Entry> changed) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        try (BufferedWriter out = Files.newBufferedWriter(fresh)) {
            for (Map.Entry<String, Entry> user : new TreeMap<>(changed).entrySet()) {
                out.write(user.getKey()
                        + '\t'
                        + user.getValue().account().stored().text()
                        + '\t'
                        + (user.getValue().superuser() ? SUPERUSER : "")
                        + '\n');
            }
        }
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The bytes of a password that is given as characters. */
    static byte[] bytes(char[] password) {
        ByteBuffer encoded = StandardCharsets.UTF_8.encode(CharBuffer.wrap(password));
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        Arrays.fill(encoded.array(), (byte) 0);
        return bytes;
    }
}
