// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The users that the broker keeps itself. Registered by the extension {@code auth.builtin} as an OSGi service; callable
 * from any thread but an event loop, since it hashes passwords and writes a file. A change is in force for the next
 * CONNECT; who is connected stays so.
 *
 * @since 1.0
 */
@ProviderType
public interface Users {
    /**
     * Adds a user, or gives one another password.
     *
     * @param user who
     * @param password his password; wiped when the call returns
     * @param replace whether a user of that name is changed; otherwise there must be none
     * @throws IllegalArgumentException with a sentence, when the name or the password is empty or too long, or the user
     *     exists
     * @throws IOException when it could not be written; nothing has changed then
     */
    void add(User user, char[] password, boolean replace) throws IOException;

    /**
     * Deletes a user.
     *
     * @return whether there was one
     * @throws IOException when it could not be written; nothing has changed then
     */
    boolean delete(String name) throws IOException;

    /**
     * Users by name.
     *
     * @param namePart only those whose name has this in it; empty is all
     * @param limit at most so many
     */
    List<User> list(String namePart, int limit);

    /**
     * Takes over users with their hashes: CSV with the columns {@code user_id,password_hash,salt,is_superuser}, or a
     * JSON array of objects with those names. All or nothing.
     *
     * @param in the text, UTF-8; not closed
     * @param format {@code csv} or {@code json}
     * @return how many were added or changed
     * @throws IllegalArgumentException with the line or element and what was expected there; nothing has changed then
     * @throws IOException when it could not be read or written; nothing has changed then
     */
    int importFrom(InputStream in, String format) throws IOException;
}
