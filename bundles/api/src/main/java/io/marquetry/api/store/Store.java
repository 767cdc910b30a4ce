// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.store;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Keeps the tables of the broker on disk. Register an implementation as an OSGi service once it can be read: the broker
 * then recovers from it before it lets clients in, and does not go on without it. The broker uses one store; another
 * one that comes while there is one is not used.
 *
 * <p>A broker acknowledges what it has accepted only when the commit that holds it has ended well, so a store that ends
 * a commit well too early breaks the promise of the whole broker. A store that cannot write says so by {@link #state}
 * and keeps what it was given; it never drops a batch, and it never answers that it has written what it has not.
 *
 * <p>When its service goes while the broker runs, as during an update, the broker waits: what needs the store is not
 * acknowledged until the next store is there, which gets again every batch whose commit has not ended well. Changes are
 * such that it does no harm to apply a batch twice, and batches that wait are handed over in the same order.
 *
 * @since 1.0
 */
@ConsumerType
public interface Store {
    /** What a commit outlives. */
    enum Durability {
        /** The end of the broker's process, whatever ended it: the operating system has the bytes. */
        OS,
        /** The end of the operating system and of the power too: the disk has said that it has the bytes. */
        DISK
    }

    /** Whether a store takes commits. */
    enum State {
        /** It does. */
        READY,
        /** There is no room. It tries again by itself, and ends the commits that wait once there is. */
        FULL,
        /** It must not write any more before it has been opened again: it is not known what the disk holds. */
        BROKEN
    }

    /** Takes what is read. */
    @FunctionalInterface
    interface Reader {
        /**
         * The next key and its value; both belong to the reader.
         *
         * @return whether to go on
         */
        boolean read(byte[] key, byte[] value);
    }

    /**
     * Reads a range in order, as it was at one moment of this call. May wait for the disk, so it is never called on an
     * event loop; callable by several threads at once. Sees every batch whose commit has ended well.
     *
     * @param from the first key, there or not
     * @param to the first key that is left out, or null for the end of the table
     * @throws StoreException when the bytes cannot be read, or are not those that were written
     */
    void read(Table table, byte[] from, byte @Nullable [] to, Reader reader) throws StoreException;

    /**
     * Reads one value, or null; as {@link #read}.
     *
     * @throws StoreException when the bytes cannot be read, or are not those that were written
     */
    byte @Nullable [] get(Table table, byte[] key) throws StoreException;

    /**
     * Hands a batch over. Never waits; callable from any thread. Batches are committed in the order of the calls, many
     * of them by one write to the disk. One that is handed over while the store is {@link State#FULL} waits until there
     * is room.
     *
     * @param batch not to be touched before {@code done} was called
     * @param durability what it must outlive before it has ended well
     * @param done is called once, on a thread of the store, which it must not hold up: with null when the batch has
     *     ended well; else with why not, and then it is not known whether the next start will find the batch
     */
    void commit(Batch batch, Durability durability, Consumer<@Nullable StoreException> done);

    /** Whether it takes commits now; a field that is read, callable from any thread. */
    State state();

    /**
     * Calls back, on a thread of the store, after each change of {@link #state} from now on. The broker is the only one
     * who asks for this.
     */
    void onStateChange(Runnable changed);

    /** What it is and how it is, for commands and metrics. May look at the disk. */
    StoreStatus status();

    /**
     * Reads every byte and compares checksums; takes as long as the disk needs, so not for an event loop.
     *
     * @param problem gets a sentence for each thing that is not as it was written
     * @throws StoreException when it cannot even look
     */
    void verify(Consumer<String> problem) throws StoreException;

    /**
     * Makes a copy that can be opened as a store, of one moment during this call, while commits go on. Takes as long as
     * the disk needs, so not for an event loop.
     *
     * @param folder must not exist, or be empty
     * @throws StoreException when it cannot be written; the folder may then hold a part of a copy
     */
    void backup(Path folder) throws StoreException;
}
