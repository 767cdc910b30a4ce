// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Tool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

/**
 * What an operator finds in the morning: a store that cannot be used, or not wholly. Each time there is a sentence and
 * a closed door, or everything that was acknowledged.
 */
@OnlyMarquetry
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StoreFaultsIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** Messages in sorted files, and messages that are in the log only. */
    private static final int SORTED = 300;

    private static final int LOGGED = 200;

    private final List<BrokerProcess> brokers = new ArrayList<>();

    @TempDir
    static Path work;

    private Path template;
    private int copies;

    /** A store after a crash. */
    @BeforeAll
    void makeTemplate() throws Exception {
        template = work.resolve("template");
        Queued queued = new Queued("found");
        try (BrokerProcess broker = BrokerProcess.start(on(template))) {
            queued.fill(broker.port(), SORTED);
            broker.stop();
            broker.restart();
            queued.more(broker.port(), LOGGED);
            broker.kill9();
        }
        assertThat(files(template, ".sst")).isNotEmpty();
        assertThat(Files.size(lastLog(template))).isGreaterThan(LOGGED * 500);
    }

    @AfterEach
    void killBrokers() throws Exception {
        for (BrokerProcess broker : brokers) {
            broker.kill9();
        }
        brokers.clear();
    }

    @Test
    void givenTornEndOfTheLog_whenStarted_thenItIsCutOffAndNothingIsLost() throws Exception {
        Path store = copy();
        byte[] log = Files.readAllBytes(lastLog(store));
        Files.write(lastLog(store), java.util.Arrays.copyOf(log, 40), StandardOpenOption.APPEND);

        BrokerProcess broker = launch(on(store));

        broker.awaitReady();
        assertThat(take(broker)).hasSize(SORTED + LOGGED);
    }

    @Test
    void givenBadRecordInTheLog_whenStarted_thenTheDoorStaysClosedUntilTheLossIsAccepted() throws Exception {
        Path store = copy();
        Path log = lastLog(store);
        flip(log, Files.size(log) / 2);

        BrokerProcess broker = launch(on(store));
        assertClosed(
                broker,
                store
                        + " has lost what had been written: at byte [0-9]+ of .*lost are [0-9]+ bytes.*acceptLoss = true");
        broker.kill9();

        BrokerProcess accepting = launch(on(store).env("MARQUETRY_STORE__ROCKSDB__ACCEPT_LOSS", "true"));
        accepting.awaitReady();
        accepting.log().await(0, "ERROR.*is opened without what its log has lost.*lost are [0-9]+ bytes");
        assertThat(take(accepting)).hasSizeBetween(SORTED, SORTED + LOGGED - 1);
    }

    @Test
    void givenDamagedSortedFile_whenStarted_thenTheDoorStaysClosedAndTheFileIsNamed() throws Exception {
        Path store = copy();
        for (Path file : files(store, ".sst")) {
            for (long at = 0; at < Files.size(file); at += 200) {
                flip(file, at);
            }
        }

        BrokerProcess broker = launch(on(store));

        assertClosed(broker, "[0-9]+\\.sst.*");
    }

    @Test
    void givenOtherLayout_whenStarted_thenTheDoorStaysClosedAndBothVersionsAreNamed() throws Exception {
        for (int version : new int[] {0, 2}) {
            Path store = copy();
            setLayout(store, version);

            BrokerProcess broker = launch(on(store));

            assertClosed(
                    broker, "ERROR.*listeners stay closed.*has layout " + version + ", and this broker reads layout 1");
        }
    }

    @Test
    void givenStoreInUse_whenAnotherBrokerStarts_thenItSaysByWhomAndTheFirstGoesOn() throws Exception {
        Path store = copy();
        BrokerProcess first = launch(on(store));
        first.awaitReady();

        BrokerProcess second = launch(on(store));
        assertClosed(second, "the store in .* is in use by process " + first.pid());
        String sameBase = first.command("foreground");

        assertThat(sameBase).contains(first.base().toString());
        assertThat(take(first)).hasSize(SORTED + LOGGED);
    }

    @Test
    void givenFolderThatMayNotBeWritten_whenStarted_thenTheSentenceNamesItAndItsOwner() throws Exception {
        Path store = copy();
        Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("r-x------"));

        BrokerProcess broker = launch(unprivileged(on(store)));

        assertClosed(broker, "the store needs to read and write " + store + ".* and cannot");
        Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void givenFilesOfAnotherOwner_whenStarted_thenTheSentenceNamesThem() throws Exception {
        Path store = copy();
        if (isRoot()) {
            Tool.run(work, LIMIT, List.of("chown", "-R", "65534", store.toString()));
        } else {
            Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("---------"));
        }

        BrokerProcess broker = launch(unprivileged(on(store)));

        assertClosed(broker, "the store needs to read and write " + store + ".*belongs to.*the broker runs as");
        if (!isRoot()) {
            Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void givenDiskThatFailsToSync_whenItGoesOn_thenNothingIsAcknowledgedBeforeARestart() throws Exception {
        ForgetfulDisk disk = ForgetfulDisk.in(Files.createDirectory(work.resolve("failing")));
        BrokerProcess broker = launch(
                disk.under(StuckStore.settings(StoreBroker.settings())).env("MARQUETRY_MQTT__DURABILITY", "disk"));
        broker.awaitReady();
        broker.log().allow("could not write|could not be written");
        StuckStore.prepare(broker.port());
        try (Load load = new Load(broker.port())) {
            load.begin();
            load.awaitAcknowledged(200);

            int mark = broker.log().mark();
            disk.fail(true);
            broker.log().await(mark, "ERROR.*the store in .* could not write.*restart the broker", LIMIT);
            disk.fail(false);
            StuckStore.assertHonest(broker.port());
            // What an operator does, with nothing written in between.
            broker.kill9();
            broker.relaunch();
            broker.awaitReady();
            load.awaitAcknowledged(200);
            StuckStore.assertWell(broker.port());

            load.endAndJudge();
        }
    }

    private BrokerProcess launch(BrokerSettings settings) {
        BrokerProcess broker = BrokerProcess.launch(settings);
        brokers.add(broker);
        return broker;
    }

    private static BrokerSettings on(Path store) {
        return StoreBroker.settings()
                .env("MARQUETRY_MQTT__DURABILITY", "disk")
                .env("MARQUETRY_STORE__ROCKSDB__PATH", store.toString());
    }

    /** Root may do everything but what it gives up. */
    private static BrokerSettings unprivileged(BrokerSettings settings) {
        return isRoot()
                ? settings.startedBy(
                        Tool.path("setpriv", "util-linux"),
                        "--inh-caps=-dac_override,-dac_read_search",
                        "--bounding-set=-dac_override,-dac_read_search")
                : settings;
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** The broker says why, and lets nobody in. */
    private static void assertClosed(BrokerProcess broker, String sentence) {
        broker.log().await(0, sentence, LIMIT);
        assertThat(broker.log().contains(0, "is listening")).isFalse();
    }

    private static List<Integer> take(BrokerProcess broker) {
        return new Queued("found").take(broker.port());
    }

    private Path copy() throws Exception {
        Path store = work.resolve("store" + ++copies);
        Tool.run(work, LIMIT, List.of("cp", "-a", template.toString(), store.toString()));
        return store;
    }

    private static List<Path> files(Path store, String ending) throws IOException {
        try (Stream<Path> files = Files.list(store)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }

    private static Path lastLog(Path store) throws IOException {
        return files(store, ".log").stream()
                .max(Comparator.comparing(file -> file.toFile().length()))
                .orElseThrow();
    }

    private static void flip(Path file, long at) throws IOException {
        try (var channel = Files.newByteChannel(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.position(at).read(one);
            one.put(0, (byte) ~one.get(0)).flip();
            channel.position(at).write(one);
        }
    }

    private static void setLayout(Path store, int version) throws Exception {
        RocksDB.loadLibrary();
        List<ColumnFamilyDescriptor> families = new ArrayList<>();
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (Options options = new Options();
                DBOptions all = new DBOptions()) {
            for (byte[] name : RocksDB.listColumnFamilies(options, store.toString())) {
                families.add(new ColumnFamilyDescriptor(name));
            }
            try (RocksDB db = RocksDB.open(all, store.toString(), families, handles)) {
                for (int i = 0; i < handles.size(); i++) {
                    if (new String(families.get(i).getName(), StandardCharsets.UTF_8).equals("meta")) {
                        byte[] key = "layout".getBytes(StandardCharsets.UTF_8);
                        assertThat(db.get(handles.get(i), key)).hasSize(Integer.BYTES);
                        db.put(
                                handles.get(i),
                                key,
                                ByteBuffer.allocate(Integer.BYTES)
                                        .putInt(version)
                                        .array());
                    }
                    handles.get(i).close();
                }
            }
        }
    }
}
