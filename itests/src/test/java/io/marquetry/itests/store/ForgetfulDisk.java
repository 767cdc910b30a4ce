// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A folder on a disk that forgets what was not synced: {@code src/test/native/forgetful.c}, which tells how, in front
 * of the C library of the broker's JVM. It can also fail on request.
 */
final class ForgetfulDisk {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Path SOURCE = Path.of("src/test/native/forgetful.c").toAbsolutePath();

    private final Path work;
    private final Path image;
    private final Path folder;

    private ForgetfulDisk(Path work) {
        this.work = work;
        this.image = work.resolve("image");
        this.folder = work.resolve("disk");
    }

    /** Compiles it into this folder, and has the disk there too. */
    static ForgetfulDisk in(Path work) throws Exception {
        String compiler = Tool.path("gcc", "gcc");
        List<String> common = List.of(compiler, "-Wall", "-Wextra", "-Werror", "-O2", SOURCE.toString());
        compile(work, common, "-shared", "-fPIC", "-o", "forgetful.so", "-ldl");
        compile(work, common, "-DPROGRAM", "-o", "forgetful", "-ldl");
        ForgetfulDisk disk = new ForgetfulDisk(work);
        Files.createDirectory(disk.folder);
        return disk;
    }

    private static void compile(Path work, List<String> common, String... more) throws Exception {
        List<String> words = new java.util.ArrayList<>(common);
        words.addAll(List.of(more));
        Tool.run(work, LIMIT, words);
    }

    /** Where the store lies: a folder that the broker makes. */
    Path store() {
        return folder.resolve("store");
    }

    /** Has a broker keep its store here. */
    BrokerSettings under(BrokerSettings settings) {
        return settings.env("MARQUETRY_STORE__ROCKSDB__PATH", store().toString())
                .env("LD_PRELOAD", work.resolve("forgetful.so").toString())
                .env("FORGETFUL_ROOT", folder.toString())
                .env("FORGETFUL_IMAGE", image.toString());
    }

    /** How long each sync takes more than it would. */
    void slow(int millis) throws IOException {
        Files.writeString(image.resolve("slow"), Integer.toString(millis));
    }

    /** Whether syncs of files fail from now on. */
    void fail(boolean value) throws IOException {
        if (value) {
            Files.writeString(image.resolve("fail"), "");
        } else {
            Files.deleteIfExists(image.resolve("fail"));
        }
    }

    /**
     * The power is gone, and nobody runs any more: makes the folder what is left of it, and says what that is.
     *
     * @param seed what of that which was not synced is there all the same; with 0 nothing of it
     */
    String losePower(long seed) throws Exception {
        return String.join(
                "\n",
                Tool.run(
                        work,
                        LIMIT,
                        List.of(
                                work.resolve("forgetful").toString(),
                                folder.toString(),
                                image.toString(),
                                Long.toString(seed))));
    }
}
