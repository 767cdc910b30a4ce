// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.Table;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.TablePropertiesCollectorFactory;
import org.rocksdb.WALRecoveryMode;

/** How the engine is set, and why. */
final class Tuning {
    private static final long MB = 1 << 20;
    /** Not the newest: so an older bundle still reads what a newer one has written, when an update is taken back. */
    private static final int TABLE_FORMAT = 6;

    private Tuning() {}

    /**
     * What holds for the store as a whole.
     *
     * @param skip whether to go on behind records of the log that cannot be read, or that are not there
     */
    static DBOptions store(Settings settings, boolean skip) {
        Properties unnamed = new Properties(); // what Java's options have no method for
        // The log is several files while a family waits to be written into sorted files. How long those are that are no
        // longer written to is kept beside them, so one that has lost its end where a record ends is found, too.
        unnamed.setProperty("track_and_verify_wals_in_manifest", Boolean.toString(!skip));
        DBOptions options = Objects.requireNonNull(DBOptions.getDBOptionsFromProps(unnamed));
        return options.setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setParanoidChecks(true)
                .setWalRecoveryMode(
                        skip ? WALRecoveryMode.SkipAnyCorruptedRecords : WALRecoveryMode.TolerateCorruptedTailRecords)
                // A log that is used again has old records behind its end, which cannot be told from damage.
                .setRecycleLogFileNum(0)
                .setManualWalFlush(false)
                .setAllowMmapWrites(false)
                // After an error nothing is tried behind our back: we decide whether to open again.
                .setMaxBgErrorResumeCount(0)
                .setMaxOpenFiles(settings.maxOpenFiles())
                .setDbWriteBufferSize(settings.writeBufferBytes())
                // A family that is seldom written to must not hold the whole log back.
                .setMaxTotalWalSize(2 * settings.writeBufferBytes())
                .setMaxManifestFileSize(16 * MB)
                .setMaxBackgroundJobs(2)
                // How fast commits may go on while compactions are behind; less than that makes everybody wait.
                .setDelayedWriteRate(64 * MB)
                // The disk is kept busy while a file is written, not by all of it at its end, when commits would wait.
                .setBytesPerSync(MB)
                .setSkipStatsUpdateOnDbOpen(true)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0);
    }

    /**
     * The format of the files of all tables.
     *
     * @param filter tells without reading that a key is not in a file
     */
    static BlockBasedTableConfig files(Cache cache, BloomFilter filter) {
        return new BlockBasedTableConfig()
                .setFormatVersion(TABLE_FORMAT)
                .setBlockCache(cache)
                .setBlockSize(16 << 10)
                // What the index and the filters need counts as cache too, so that memory has one bound.
                .setCacheIndexAndFilterBlocks(true)
                .setCacheIndexAndFilterBlocksWithHighPriority(true)
                .setPinL0FilterAndIndexBlocksInCache(true)
                .setFilterPolicy(filter);
    }

    /**
     * The options of one table.
     *
     * @param deletions has files compacted that consist of deletions for the most part
     */
    static ColumnFamilyOptions family(
            Table table, Settings settings, BlockBasedTableConfig files, TablePropertiesCollectorFactory deletions) {
        ColumnFamilyOptions options = base(deletions)
                .setTableFormatConfig(files)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setLevelCompactionDynamicLevelBytes(true)
                // Ranges are looked through by every read of what is not in a file yet.
                .setMemtableMaxRangeDeletions(1000);
        switch (table) {
            case QUEUE, MESSAGE ->
                // A buffer holds what a few seconds bring: what was put and deleted meanwhile goes to no file.
                options.setWriteBufferSize(settings.writeBufferBytes() / 4)
                        .setMaxWriteBufferNumber(4)
                        .setTargetFileSizeBase(32 * MB)
                        .setMaxBytesForLevelBase(128 * MB);
            default ->
                options.setWriteBufferSize(Math.max(MB, settings.writeBufferBytes() / 8))
                        .setMaxWriteBufferNumber(3)
                        .setTargetFileSizeBase(16 * MB)
                        .setMaxBytesForLevelBase(64 * MB);
        }
        return options;
    }

    /**
     * The collector of properties can be set for a store as a whole only, from which the options of a family are made.
     */
    private static ColumnFamilyOptions base(TablePropertiesCollectorFactory deletions) {
        try (Options whole = new Options()) {
            whole.setTablePropertiesCollectorFactory(List.of(deletions));
            return new ColumnFamilyOptions(whole);
        }
    }
}
