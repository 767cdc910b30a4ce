// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.StoreStatus;
import io.marquetry.api.store.Table;
import java.nio.file.Path;
import java.util.Collection;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A store with a table that cannot be read. */
record BadStore(Store good, Table bad, Collection<String> problems) implements Store {
    @Override
    public void read(Table table, byte[] from, byte @Nullable [] to, Reader reader) throws StoreException {
        if (table == bad) {
            throw new StoreException("checksum mismatch in 000012.sst");
        }
        good.read(table, from, to, reader);
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) throws StoreException {
        return good.get(table, key);
    }

    @Override
    public void commit(Batch batch, Durability durability, Consumer<@Nullable StoreException> done) {
        good.commit(batch, durability, done);
    }

    @Override
    public State state() {
        return good.state();
    }

    @Override
    public void onStateChange(Runnable changed) {
        good.onStateChange(changed);
    }

    @Override
    public StoreStatus status() {
        return good.status();
    }

    @Override
    public void verify(Consumer<String> problem) {
        problems.forEach(problem);
    }

    @Override
    public void backup(Path folder) throws StoreException {
        good.backup(folder);
    }
}
