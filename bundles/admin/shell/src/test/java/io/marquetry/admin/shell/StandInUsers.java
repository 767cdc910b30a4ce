// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.User;
import io.marquetry.api.admin.Users;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;

/** Keeps users as they come. */
final class StandInUsers implements Users {
    private final TreeMap<String, User> users = new TreeMap<>();
    String said = "";

    @Override
    public void add(User user, char[] password, boolean replace) {
        said = new String(password);
        if (users.containsKey(user.name()) && !replace) {
            throw new IllegalArgumentException("expected a new name");
        }
        users.put(user.name(), user);
    }

    @Override
    public boolean delete(String name) {
        return users.remove(name) != null;
    }

    @Override
    public List<User> list(String namePart, int limit) {
        return users.values().stream()
                .filter(user -> user.name().contains(namePart))
                .limit(limit)
                .toList();
    }

    @Override
    public int importFrom(InputStream in, String format) throws IOException {
        said = format + ":" + new String(in.readAllBytes(), StandardCharsets.UTF_8);
        return 7;
    }
}
