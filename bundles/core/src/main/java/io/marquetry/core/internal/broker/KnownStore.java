// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.core.internal.store.Layout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which store has the state of this broker, in a file of its own. A disk that is not mounted is an empty folder: who
 * opened that would begin with nothing, and nobody would know before the first client misses its messages. Callable
 * from any thread.
 */
final class KnownStore {
    private static final Logger LOG = LoggerFactory.getLogger(KnownStore.class);

    private final Path file;

    /** @param file where the name of the store stands, once there was one */
    KnownStore(Path file) {
        this.file = file;
    }

    /**
     * Looks whether a store is the one that was used last; a broker that has used none takes any.
     *
     * @throws StoreException with the sentence for the person on call, when it is not, or that cannot be told
     */
    void check(Store store) throws StoreException {
        String known = read();
        String name = Layout.name(store);
        if (known != null && !known.equals(name)) {
            throw new StoreException("the state of this broker is in the store " + known + ", and the one at "
                    + store.status().location() + " is " + (name == null ? "empty" : "another one, " + name)
                    + ": put the right one in its place, perhaps its disk is not mounted; or delete " + file
                    + " to go on with what is there");
        }
    }

    private @Nullable String read() throws StoreException {
        try {
            return Files.exists(file) ? Files.readString(file).strip() : null;
        } catch (IOException e) {
            throw new StoreException(
                    "expected to read in " + file + " which store has the state of this broker: " + e, e);
        }
    }

    /** From now on it is this one. */
    void keep(String name) {
        try {
            if (name.equals(read())) {
                return;
            }
            Path fresh = file.resolveSibling(file.getFileName() + ".new");
            try (FileChannel out = FileChannel.open(
                    fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                out.write(ByteBuffer.wrap((name + "\n").getBytes(StandardCharsets.UTF_8)));
                out.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | StoreException e) {
            LOG.warn(
                    "the name of the store could not be written to {}, so another store, or an empty folder, would be"
                            + " taken for it: {}",
                    file,
                    e.toString());
        }
    }
}
