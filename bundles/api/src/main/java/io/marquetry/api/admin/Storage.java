// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import io.marquetry.api.store.StoreException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What the broker keeps on disk: how it is, whether it is sound, and a copy of it. Registered by the broker as an OSGi
 * service, whether there is a store or not. Everything here may wait for the disk, so it is never called on an event
 * loop; callable from any thread, several at once.
 *
 * @since 1.0
 */
@ProviderType
public interface Storage {
    /** How what must survive is kept, and how much there is of it. Walks over all sessions, a slice at a time. */
    StorageInfo info();

    /**
     * Reads everything that is kept, while the broker goes on: the store compares its checksums, and the broker looks
     * whether what it has written still fits together. What changes meanwhile is looked at again, and is not taken for
     * damage.
     *
     * @throws StoreException when there is no store, or when it cannot even be looked at
     */
    StorageCheck verify() throws StoreException;

    /**
     * Makes a copy of the store that a broker can start with, of one moment during this call, while the broker goes on.
     *
     * @param folder must not exist, or be empty; on the same file system the copy costs little
     * @throws StoreException when there is no store, or when the copy cannot be written; the folder may then hold a
     *     part of one
     */
    void backup(Path folder) throws StoreException;
}
