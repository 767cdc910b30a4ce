// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Storage;
import io.marquetry.api.admin.StorageCheck;
import io.marquetry.api.admin.StorageInfo;
import io.marquetry.api.store.StoreException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A store that says what a test wants it to say. */
final class StandInStorage implements Storage {
    final List<Path> backups = new ArrayList<>();
    StorageInfo info = new StorageInfo(null, "nothing is kept", null, 0, 0, 0, 0, 0, 7, 0);
    StorageCheck check = new StorageCheck(new TreeMap<>(Map.of("session", 3L, "queue", 12L)), 0, 0, List.of());

    @Override
    public StorageInfo info() {
        return info;
    }

    @Override
    public StorageCheck verify() {
        return check;
    }

    @Override
    public void backup(Path folder) throws StoreException {
        if (folder.endsWith("full")) {
            throw new StoreException("no room in " + folder);
        }
        backups.add(folder);
    }
}
