// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.file;

import io.marquetry.auth.support.StoredPassword;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The users of one reading of the file: {@code NAME:HASH} on each line, as {@code mosquitto_passwd} writes them. Empty
 * lines and those that begin with {@code #} say nothing.
 */
final class FileUsers {
    private static final int LONGEST_NAME = 65_535;

    private final Map<String, StoredPassword> users;

    /** What a password is checked against when there is no such user, so that both cases take the same time. */
    private final @Nullable StoredPassword decoy;

    private FileUsers(Map<String, StoredPassword> users, @Nullable StoredPassword decoy) {
        this.users = users;
        this.decoy = decoy;
    }

    /**
     * Reads the lines of a file.
     *
     * @throws IllegalArgumentException with the line and what was expected there; it shows no hash and no password
     */
    static FileUsers parse(List<String> lines) {
        Map<String, StoredPassword> users = new HashMap<>();
        Map<String, Integer> seen = new HashMap<>();
        StoredPassword decoy = null;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int colon = line.indexOf(':');
            if (colon < 1 || colon > LONGEST_NAME) {
                throw new IllegalArgumentException("line " + (i + 1) + ": expected NAME:HASH, got "
                        + (colon < 0 ? "no colon" : colon == 0 ? "no name" : "a name that is too long"));
            }
            String name = line.substring(0, colon);
            Integer earlier = seen.putIfAbsent(name, i + 1);
            if (earlier != null) {
                throw new IllegalArgumentException(
                        "line " + (i + 1) + ": expected each user once, this one is in line " + earlier + " already");
            }
            try {
                StoredPassword password = StoredPassword.parse(line.substring(colon + 1));
                users.put(name, password);
                decoy = decoy == null ? password : decoy;
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("line " + (i + 1) + ": " + e.getMessage(), e);
            }
        }
        return new FileUsers(Map.copyOf(users), decoy);
    }

    int size() {
        return users.size();
    }

    /** Whether there is such a user. */
    boolean has(String name) {
        return users.containsKey(name);
    }

    /** Whether there is such a user and this is his password; takes as long for a name that there is not. */
    boolean matches(String name, byte[] password) {
        StoredPassword stored = users.get(name);
        StoredPassword checked = stored == null ? decoy : stored;
        return checked != null && checked.matches(password) && stored != null;
    }
}
