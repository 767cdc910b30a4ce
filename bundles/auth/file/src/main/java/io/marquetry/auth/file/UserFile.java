// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.file;

import io.marquetry.auth.support.Account;
import io.marquetry.auth.support.StoredPassword;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The users of a file: a line {@code NAME:HASH} each, empty lines and those that begin with {@code #} aside. A file
 * that cannot be used changes nothing; at the start, when there are no users of before, nobody of it is let in until it
 * is repaired.
 */
final class UserFile {
    private static final Logger LOG = LoggerFactory.getLogger(UserFile.class);

    private final Path file;
    private volatile Map<String, Account> users = Map.of();
    private volatile boolean usable;

    /** Nobody is there before it is read. */
    UserFile(Path file) {
        this.file = file;
    }

    /** A user, or null when there is none of that name. */
    @Nullable
    Account find(String name) {
        return users.get(name);
    }

    /** Somebody, or null when there is nobody: to spend as much time on a name that is not there. */
    @Nullable
    Account anyone() {
        Map<String, Account> now = users;
        return now.isEmpty() ? null : now.values().iterator().next();
    }

    /** Whether the file could be used, now or before. */
    boolean isUsable() {
        return usable;
    }

    /** Takes the file as it is now. */
    void read() {
        try {
            Map<String, Account> read = parse(Files.readAllLines(file), users);
            users = read;
            usable = true;
            LOG.info("{}: users in force: {}", file, read.size());
        } catch (NoSuchFileException e) {
            broken("expected a file of users, there is none; mosquitto_passwd -c " + file + " NAME makes one");
        } catch (CharacterCodingException e) {
            broken("expected UTF-8");
        } catch (IOException | IllegalArgumentException e) {
            broken(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private void broken(String what) {
        LOG.error(
                "{}: {}; {}",
                file,
                what,
                usable
                        ? "nothing of the change is in force, the users of before stay"
                        : "nobody can be checked until it is repaired, which is noticed at once");
    }

    /** Users whose hash is the same keep what is remembered of them. */
    private static Map<String, Account> parse(List<String> lines, Map<String, Account> before) {
        Map<String, Account> users = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new IllegalArgumentException("line " + (i + 1) + ": expected NAME:HASH");
            }
            String name = line.substring(0, colon);
            String hash = line.substring(colon + 1).strip();
            Account known = before.get(name);
            Account account = known != null && known.stored().text().equals(hash) ? known : account(hash, i + 1);
            if (users.put(name, account) != null) {
                throw new IllegalArgumentException(
                        "line " + (i + 1) + ": expected a name that is not there yet, got " + name + " again");
            }
        }
        return users;
    }

    private static Account account(String hash, int line) {
        try {
            return new Account(StoredPassword.parse(hash));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("line " + line + ": " + e.getMessage(), e);
        }
    }
}
