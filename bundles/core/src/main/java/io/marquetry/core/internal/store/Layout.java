// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.store;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the tables are filled, as a number that stands in the store itself, and which store it is. */
public final class Layout {
    private static final Logger LOG = LoggerFactory.getLogger(Layout.class);
    private static final int VERSION = 1;
    private static final byte[] KEY = "layout".getBytes(StandardCharsets.UTF_8);
    private static final byte[] NAME = "name".getBytes(StandardCharsets.UTF_8);

    private Layout() {}

    /**
     * Looks whether a store is one that this broker can read, and marks a new one. The mark is in front of everything
     * that is committed later, so nobody needs to wait for it.
     *
     * @param marked takes the name of the store, once that is there to stay, on any thread
     * @throws StoreException with the sentence for the person on call, when it is not
     */
    public static void check(Store store, Consumer<String> marked) throws StoreException {
        byte[] found = store.get(Table.META, KEY);
        String name = name(store);
        if (found != null) {
            int version = found.length == Integer.BYTES ? ByteBuffer.wrap(found).getInt() : -1;
            if (version != VERSION) {
                throw new StoreException("the store at " + store.status().location() + " has layout "
                        + (version < 0 ? "unknown" : version) + ", and this broker reads layout " + VERSION
                        + " only: start the broker version that wrote it, or move the store away to begin with an empty"
                        + " one");
            }
        }
        if (found == null || name == null) {
            mark(store, marked);
        } else {
            marked.accept(name);
        }
    }

    private static void mark(Store store, Consumer<String> marked) {
        String name = UUID.randomUUID().toString();
        Batch batch = new Batch(128);
        batch.put(
                Table.META,
                KEY,
                ByteBuffer.allocate(Integer.BYTES).putInt(VERSION).array());
        batch.put(Table.META, NAME, name.getBytes(StandardCharsets.UTF_8));
        store.commit(batch, Durability.DISK, problem -> {
            if (problem == null) {
                marked.accept(name);
            } else {
                LOG.error("the store could not be marked with the version of its layout", problem);
            }
        });
    }

    /** What tells a store from every other one, whatever folder it is in; null for one that was never used. */
    public static @Nullable String name(Store store) throws StoreException {
        byte[] name = store.get(Table.META, NAME);
        return name == null ? null : new String(name, StandardCharsets.UTF_8);
    }
}
