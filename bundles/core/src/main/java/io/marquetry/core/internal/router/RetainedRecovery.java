// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the retained messages of a store into the tree, one by one. */
final class RetainedRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(RetainedRecovery.class);
    private static final byte[] FIRST = {};
    /** How many that cannot be read are named. */
    private static final int NAMED = 10;

    private static final int DELETED_AT_ONCE = 1 << 20;

    private final RetainedMessages messages;
    private final Store store;
    /** By how much the wall clock is ahead of the broker's. */
    private final long ahead;

    private final long now;
    private Batch expired = new Batch();
    private long countExpired;
    private long countCorrupt;

    RetainedRecovery(RetainedMessages messages, Store store, long now, long ahead) {
        this.messages = messages;
        this.store = store;
        this.now = now;
        this.ahead = ahead;
    }

    void read() throws StoreException {
        long begun = System.nanoTime();
        store.read(Table.RETAINED, FIRST, null, this::take);
        delete();
        if (countCorrupt > 0) {
            LOG.error(
                    "{} retained messages of {} in the store cannot be read and are left out; their records stay where"
                            + " they are until somebody retains something by these topics. Check the disk, and look"
                            + " into a backup for what is missing.",
                    countCorrupt,
                    countCorrupt + messages.count() + countExpired);
        }
        LOG.info(
                "{} retained messages, {} bytes, were read from the store in {} ms; {} had expired",
                messages.count(),
                messages.bytes(),
                (System.nanoTime() - begun) / 1_000_000,
                countExpired);
    }

    private boolean take(byte[] topic, byte[] value) {
        RetainedNode.Entry entry = RetainedRecord.read(topic, value, ahead);
        if (entry == null) {
            if (countCorrupt++ < NAMED) {
                LOG.error(
                        "the retained message of topic={} cannot be read: its {} bytes in the store are not those of a"
                                + " message; it is left out",
                        new String(topic, StandardCharsets.UTF_8),
                        value.length);
            }
        } else if (entry.publication().isExpired(now)) {
            countExpired++;
            expired.delete(Table.RETAINED, topic);
            if (expired.length() > DELETED_AT_ONCE) {
                delete();
            }
        } else {
            messages.recovered(topic, entry);
        }
        return true;
    }

    /** Nobody waits for it: what is not deleted now is found to have expired at the next start. */
    private void delete() {
        if (expired.isEmpty()) {
            return;
        }
        store.commit(expired, Durability.OS, problem -> {
            if (problem != null) {
                LOG.warn("expired retained messages could not be deleted from the store: {}", problem.getMessage());
            }
        });
        expired = new Batch();
    }
}
