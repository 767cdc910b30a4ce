// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.config.Keys;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an operator can set.
 *
 * @param path the folder, absolute
 * @param minFreeBytes below which the store says that it is full; 0 for never before the disk says it
 * @param cacheBytes memory for blocks that were read
 * @param writeBufferBytes memory for changes that are not in sorted files yet
 * @param maxOpenFiles how many files are open at once
 * @param acceptLoss whether to open although records in the middle of the log cannot be read
 */
record Settings(
        Path path, long minFreeBytes, long cacheBytes, long writeBufferBytes, int maxOpenFiles, boolean acceptLoss) {
    static final String PID = "io.marquetry.store.rocksdb";
    private static final Logger LOG = LoggerFactory.getLogger(Settings.class);
    private static final long MB = 1 << 20;

    /**
     * Reads a configuration.
     *
     * @param base what the path is relative to
     * @throws IllegalArgumentException with a sentence for each key that is wrong
     */
    static Settings read(Map<String, ?> values, Path base) {
        Keys keys = new Keys(PID, values);
        String folder = keys.string("path", "data/store").strip();
        Path path = base;
        try {
            path = base.resolve(folder).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            LOG.debug("no path", e);
        }
        if (path.equals(base.toAbsolutePath().normalize()) || path.getParent() == null) {
            keys.problem("path", folder, "the path of a folder that holds nothing else, such as data/store");
        }
        Settings settings = new Settings(
                path,
                keys.size("minFreeBytes", 256 * MB, 0, 1L << 50),
                keys.size("cacheBytes", 64 * MB, MB, 1L << 40),
                keys.size("writeBufferBytes", 64 * MB, 4 * MB, 16L << 30),
                keys.integer("maxOpenFiles", 512, 64, 1_000_000),
                keys.flag("acceptLoss", false));
        if (!keys.problems().isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", keys.problems()));
        }
        keys.unknown().forEach(LOG::warn);
        return settings;
    }
}
