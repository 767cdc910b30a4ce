// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Storage;
import io.marquetry.api.store.StoreException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:store-backup}. */
@Service
@Command(
        scope = "mqtt",
        name = "store-backup",
        description = "Copies the store of one moment into a folder, while the broker goes on")
public final class StoreBackupCommand implements Action {
    @Argument(
            name = "FOLDER",
            description = "Where to, as the broker's machine knows it; does not exist yet, or is empty",
            required = true)
    private String folder = "";

    @Reference(optional = true)
    private @Nullable Storage storage;

    @Override
    public @Nullable Object execute() throws StoreException {
        Path target = target(folder);
        Ask.present(storage, "storage").backup(target);
        System.out.println("the store was copied to " + Table.printable(target.toString()));
        return null;
    }

    /** Nobody should have to know in which folder the broker was started. */
    private static Path target(String folder) {
        try {
            Path target = Path.of(folder);
            if (target.isAbsolute()) {
                return target.normalize();
            }
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("expected the path of a folder, got " + Table.printable(folder), e);
        }
        throw new IllegalArgumentException(
                "expected a path from the root on, such as /var/backups/marquetry/monday, got "
                        + Table.printable(folder));
    }
}
