// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import io.marquetry.store.rocksdb.NotYetException.Obstacle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Statistics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folder of a store: made, checked and held, before the engine sees it. */
final class StoreFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreFolder.class);
    private static final String DEFAULT_FAMILY = "default";
    /** What lies in a folder that is the root of a disk. */
    private static final Set<String> FOREIGN_BUT_WELCOME = Set.of("lost+found");

    /** How the engine says that a file of the log is not what it was when it was closed. */
    private static final Pattern SHORT_LOG =
            Pattern.compile("(?:Missing WAL|Size mismatch: WAL).*log number: ([0-9]+)");

    private final Path path;
    private final FolderLock lock;

    private StoreFolder(Path path, FolderLock lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Makes a folder if it is missing, and takes it.
     *
     * @throws StoreException a sentence that says why it cannot be used, and what to do
     */
    static StoreFolder take(Path path) throws StoreException {
        try {
            if (Files.isSymbolicLink(path) && !Files.exists(path)) {
                throw new NotYetException(
                        Obstacle.NO_ACCESS,
                        "the store's path " + path + " is a link to " + Files.readSymbolicLink(path)
                                + ", and there is nothing: mount its disk, or make that folder",
                        null);
            }
            if (!Files.exists(path)) {
                Path parent = path.getParent();
                if (parent != null) {
                    Files.createDirectories(parent);
                }
                Files.createDirectory(
                        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            if (!Files.isDirectory(path)) {
                throw new StoreException("the store's path " + path
                        + " is a file; expected a folder, or nothing: set path in " + "conf/" + Settings.PID + ".cfg");
            }
            FolderLock lock = FolderLock.take(path);
            try {
                StoreFolder folder = new StoreFolder(path, lock);
                folder.check();
                if (folder.isNew()) {
                    folder.keepName();
                }
                return folder;
            } catch (IOException | StoreException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw Access.denied(path, e);
        }
    }

    private void check() throws IOException, StoreException {
        if (!Files.isWritable(path)) {
            throw Access.denied(path, null);
        }
        List<Path> all = files();
        for (Path file : all) {
            if (!Files.isReadable(file) || !Files.isWritable(file)) {
                throw Access.denied(file, null);
            }
        }
        Access.warnRoot(path);
        if (isNew()) {
            List<String> foreign = new ArrayList<>();
            for (Path file : all) {
                String name = file.getFileName().toString();
                if (name.endsWith(".sst") || (name.endsWith(".log") && Files.size(file) > 0)) {
                    throw new StoreException("the store in " + path
                            + " has lost its file CURRENT, so nothing in it can be found: restore a backup");
                }
                if (!name.matches("[A-Z]+(-[0-9]+)?(\\.dbtmp)?|[0-9]+\\.(log|dbtmp)|broker\\.lock|probe\\.tmp")
                        && !FOREIGN_BUT_WELCOME.contains(name)) {
                    foreign.add(name);
                }
            }
            if (!foreign.isEmpty()) {
                throw new StoreException("the folder " + path + " holds no store, but other files (" + foreign.get(0)
                        + (foreign.size() > 1 ? " and " + (foreign.size() - 1) + " more" : "")
                        + "); expected an empty folder: set path in conf/" + Settings.PID + ".cfg");
            }
        }
    }

    /** Has the disk know the way to the folder: the engine cares for what is in it only. */
    private void keepName() throws IOException {
        for (Path parent = path.getParent(); parent != null && Files.isReadable(parent); parent = parent.getParent()) {
            try (FileChannel folder = FileChannel.open(parent, StandardOpenOption.READ)) {
                folder.force(true);
            }
        }
    }

    private boolean isNew() {
        return !Files.exists(path.resolve("CURRENT"));
    }

    /**
     * Opens the engine, after a look at its log.
     *
     * @throws StoreException a sentence that says why that cannot be done, and what to do
     */
    Engine open(Settings settings, Statistics statistics) throws StoreException {
        try {
            if (isNew()) {
                return new Engine(settings, statistics, false);
            }
            checkFamilies();
            LogScan scan = scanLog();
            if (scan.isLossy()) {
                return openLossy(settings, statistics, scan.loss());
            }
            cutOff(scan);
            return openWhole(settings, statistics);
        } catch (IOException e) {
            throw Access.denied(path, e);
        } catch (RocksDBException e) {
            if (Committer.isNoSpace(e)) {
                throw Access.full(path, e);
            }
            throw new StoreException(
                    "the store in " + path + " cannot be opened: " + e.getMessage() + newerEngine(), e);
        }
    }

    /** Opens the engine with a log in which every record can be read. */
    private Engine openWhole(Settings settings, Statistics statistics) throws RocksDBException, StoreException {
        Engine engine;
        try {
            engine = new Engine(settings, statistics, false);
        } catch (RocksDBException e) {
            String text = String.valueOf(e.getMessage());
            Matcher missing = SHORT_LOG.matcher(text);
            if (!missing.find()) {
                throw e;
            }
            String file = String.format("%06d.log", Long.parseLong(missing.group(1)));
            return openLossy(
                    settings, statistics, "of its log " + file + " is missing or has lost its end (" + text + ")");
        }
        if (settings.acceptLoss()) {
            LOG.warn(
                    "the store in {} was opened with acceptLoss = true, but its log is whole: set it back to false, or a"
                            + " later loss is accepted without a question",
                    path);
        }
        return engine;
    }

    /** Opens the engine with a log of which more is missing than a crash may leave out, if that is accepted. */
    private Engine openLossy(Settings settings, Statistics statistics, String loss)
            throws RocksDBException, StoreException {
        if (!settings.acceptLoss()) {
            throw new StoreException("the store in " + path + " has lost what had been written: " + loss
                    + "; restore a backup, or set acceptLoss = true in conf/" + Settings.PID
                    + ".cfg for one start, to go on without what cannot be read");
        }
        LOG.error(
                "the store in {} is opened without what its log has lost, because acceptLoss is true: {};"
                        + " set acceptLoss = false again",
                path,
                loss);
        return new Engine(settings, statistics, true);
    }

    /** Cuts off what a crash has left half written. */
    private void cutOff(LogScan scan) throws IOException {
        long bytes = 0;
        for (LogScan.End end : scan.torn()) {
            try (FileChannel log = FileChannel.open(end.file(), StandardOpenOption.WRITE)) {
                log.truncate(end.whole());
                log.force(true);
            }
            bytes += end.length() - end.whole();
        }
        if (bytes > 0) {
            LOG.warn(
                    "the log of the store in {} ended in the middle of a write, as after a crash: its last {} bytes were cut"
                            + " off; nobody was told that they survive",
                    path,
                    bytes);
        }
    }

    /** Looks at the log as long as it is now. */
    LogScan scanLog() throws IOException {
        List<Path> logs = files().stream()
                .filter(file -> file.getFileName().toString().matches("[0-9]+\\.log"))
                .sorted(Comparator.comparingLong(StoreFolder::number))
                .toList();
        List<Long> lengths = new ArrayList<>();
        for (Path log : logs) {
            lengths.add(log.toFile().length());
        }
        return new LogScan(logs, lengths);
    }

    private static long number(Path log) {
        String name = log.getFileName().toString();
        return Long.parseLong(name.substring(0, name.indexOf('.')));
    }

    private void checkFamilies() throws RocksDBException, StoreException {
        Set<String> known = Arrays.stream(Table.values()).map(Table::label).collect(Collectors.toSet());
        known.add(DEFAULT_FAMILY);
        try (Options options = new Options()) {
            for (byte[] each : RocksDB.listColumnFamilies(options, path.toString())) {
                String name = new String(each, StandardCharsets.UTF_8);
                if (!known.contains(name)) {
                    throw new StoreException("the store in " + path + " has a table " + name
                            + " that this version does not know: it was written by a newer one, which is needed to open it"
                            + ", or it is no store of Marquetry");
                }
            }
        }
    }

    /** What the engine writes about itself at each opening. */
    private String newerEngine() {
        try (Stream<Path> all = Files.list(path)) {
            String version = all.filter(each -> each.getFileName().toString().startsWith("OPTIONS-"))
                    .sorted()
                    .flatMap(StoreFolder::lines)
                    .filter(line -> line.strip().startsWith("rocksdb_version="))
                    .map(line -> line.substring(line.indexOf('=') + 1).strip())
                    .reduce((first, last) -> last)
                    .orElse("");
            String ours = RocksDB.rocksdbVersion().toString();
            return version.isEmpty() || version.equals(ours)
                    ? "; if its files were not moved or edited, restore a backup"
                    : "; RocksDB " + version + " has written it, and this is " + ours
                            + ": install the version of the extension that wrote it, or restore a backup";
        } catch (IOException | UncheckedIOException e) {
            return "";
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8).stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path path() {
        return path;
    }

    /** How many bytes all its files have. */
    long bytes() {
        return bytes("");
    }

    /** How many bytes of them are the log of changes. */
    long logBytes() {
        return bytes(".log");
    }

    private long bytes(String ending) {
        long sum = 0;
        try {
            for (Path file : files()) {
                if (file.toString().endsWith(ending)) {
                    sum += Math.max(0, file.toFile().length()); // 0 for what a compaction has removed meanwhile
                }
            }
        } catch (IOException e) {
            LOG.debug("{} cannot be listed", path, e);
        }
        return sum;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(path)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            LOG.debug("the lock of {} could not be closed", path, e);
        }
    }
}
