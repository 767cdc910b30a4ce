// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import java.util.concurrent.TimeUnit;
import org.rocksdb.InfoLogLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the engine says, in the broker's log instead of files of its own: its warnings and errors as warnings, at most
 * one a second, for what follows from an error is said by the store. The rest at debug, if that was on at the opening.
 */
final class EngineLog extends org.rocksdb.Logger {
    private static final Logger LOG = LoggerFactory.getLogger("io.marquetry.store.rocksdb.engine");

    private long last = System.nanoTime() - TimeUnit.SECONDS.toNanos(1);
    private long left;

    EngineLog() {
        super(LOG.isDebugEnabled() ? InfoLogLevel.INFO_LEVEL : InfoLogLevel.WARN_LEVEL);
    }

    /** Called by the engine, on any thread. */
    @Override
    protected void log(InfoLogLevel level, String line) {
        if (level.getValue() < InfoLogLevel.WARN_LEVEL.getValue() || level == InfoLogLevel.HEADER_LEVEL) {
            LOG.debug("{}", line);
            return;
        }
        long untold;
        synchronized (this) {
            long now = System.nanoTime();
            if (now - last < TimeUnit.SECONDS.toNanos(1)) {
                left++;
                return;
            }
            last = now;
            untold = left;
            left = 0;
        }
        LOG.warn("{}{}", line, untold == 0 ? "" : " (" + untold + " more since the last one)");
    }
}
