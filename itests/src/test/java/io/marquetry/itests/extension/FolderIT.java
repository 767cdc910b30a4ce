// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.admin.OperatorShell;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The folder is the truth: whatever is put into {@code deploy/}, overwritten there or taken out, is what runs, or is
 * refused in words; connected clients notice nothing but what a hook does to their messages, and the broker's own
 * bundles are never touched.
 */
@OnlyMarquetry
class FolderIT {
    private static final String NAME = "io.marquetry.itests.folder";
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String COMPONENT = """
            <?xml version="1.0" encoding="UTF-8"?>
            <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="%1$s" %2$s>
              <property name="mark" value="%3$s"/>
              <service><provide interface="io.marquetry.api.hook.PublishHook"/></service>
              <implementation class="%1$s"/>
            </scr:component>
            """;

    private static BrokerProcess broker;
    private static Fleet fleet;
    private static Witness witness;
    private static final List<Probe> PROBES = new ArrayList<>();

    /** What is done to the folder. */
    @FunctionalInterface
    interface Deed {
        void to(Folder folder) throws Exception;
    }

    /** One row of the table. */
    record Action(String title, Deed deed) {
        @Override
        public String toString() {
            return title;
        }
    }

    /** The folder, and what one can see of the outcome. */
    static final class Folder {
        private final Path deploy = broker.base().resolve("deploy");
        private final int mark = broker.log().mark();
        private final List<Path> files = new ArrayList<>();

        Path file(String name) {
            Path file = deploy.resolve(name);
            files.add(file);
            return file;
        }

        void put(String name, ExtensionJar jar) throws IOException {
            jar.writeTo(file(name));
        }

        void delete(String name) throws IOException {
            Files.delete(deploy.resolve(name));
        }

        /** A line that says this. */
        void says(String regex) {
            broker.log().await(mark, regex, LIMIT);
        }

        /** Every message of the fleet has this mark; "" is none. */
        void marks(String mark) {
            fleet.awaitMark(mark);
        }

        /** {@code mqtt:extension-why} says this, sooner or later. */
        void why(String name, String text) {
            Patience.until(
                    name + " to be so because: " + text,
                    LIMIT,
                    () -> shell("mqtt:extension-why", name).contains(text));
        }

        /** A client publishes to this topic, and stays for the answer. */
        void publish(String topic) {
            Probe probe = broker.open(Version.V5);
            PROBES.add(probe);
            probe.connectOk(Packets.connect("folder" + PROBES.size()));
            probe.send(Packets.publish(topic, "x").qos(1).id(1));
        }

        String shell(String... words) {
            OperatorShell.Answer answer = new OperatorShell(broker.base()).run(words);
            return answer.out() + answer.err();
        }
    }

    @BeforeAll
    static void start() throws Exception {
        broker = BrokerProcess.start(BrokerSettings.defaults());
        broker.log().allow("io\\.marquetry\\.itests");
        broker.log().allow("FrameworkEvent ERROR|ERROR Felix");
        // Clients are let in before the shell is there: it must not be seen to come.
        Patience.until(
                "the shell to be there",
                LIMIT,
                () -> new OperatorShell(broker.base())
                                .run("mqtt:extension-list")
                                .exitCode()
                        == 0);
        witness = Witness.begin(broker);
        fleet = Fleet.start(broker.port(), 50, Duration.ofMillis(100));
    }

    @AfterEach
    void emptyFolder() throws IOException {
        try (Stream<Path> files = Files.list(broker.base().resolve("deploy"))) {
            for (Path file : files.toList()) {
                if (!file.endsWith("witness.jar") && file.toString().endsWith(".jar")) {
                    Files.delete(file);
                }
            }
        }
        PROBES.forEach(Probe::close);
        PROBES.clear();
        fleet.awaitMark("");
    }

    @AfterAll
    static void end() throws Exception {
        try {
            fleet.drain();
            witness.endAndAssertOnlyTouched(NAME, NAME + ".other");
        } finally {
            fleet.close();
            broker.close();
        }
    }

    @ParameterizedTest
    @MethodSource("actions")
    void givenConnectedClients_whenTheFolderChanges_thenItIsTheTruthAndTheyAreUntouched(Action action)
            throws Exception {
        action.deed().to(new Folder());

        fleet.awaitTraffic(2);
    }

    static List<Action> actions() {
        return List.of(
                new Action("a jar is copied in", f -> {
                    f.put("a.jar", hook("1.0.0", "one"));
                    f.marks("one");
                    f.why(NAME, "is ACTIVE");
                }),
                new Action("it is overwritten", f -> {
                    f.put("a.jar", hook("1.0.0", "one"));
                    f.marks("one");
                    f.put("a.jar", hook("1.1.0", "two"));
                    f.marks("two");
                }),
                new Action("it is overwritten with another content of the same version", f -> {
                    f.put("a.jar", hook("1.0.0", "one"));
                    f.marks("one");
                    f.put("a.jar", hook("1.0.0", "again"));
                    f.marks("again");
                }),
                new Action("it is overwritten with a lower version", f -> {
                    f.put("a.jar", hook("2.0.0", "high"));
                    f.marks("high");
                    f.put("a.jar", hook("1.0.0", "low"));
                    f.marks("low");
                }),
                new Action("it is deleted", f -> {
                    f.put("a.jar", hook("1.0.0", "one"));
                    f.marks("one");
                    f.delete("a.jar");
                    f.marks("");
                }),
                new Action("it gets another file name", f -> {
                    f.put("a.jar", hook("1.0.0", "one"));
                    f.marks("one");
                    Files.move(f.file("a.jar"), f.file("b.jar"));
                    f.why(NAME, "is ACTIVE");
                    f.marks("one");
                }),
                new Action("its time changes and its content does not", f -> {
                    f.put("a.jar", hook("1.0.0", "one"));
                    f.marks("one");
                    f.put("a.jar", hook("1.0.0", "one"));
                    fleet.awaitTraffic(10);
                    f.marks("one");
                }),
                new Action("a higher version comes beside it and goes again", f -> {
                    f.put("a.jar", hook("1.0.0", "low"));
                    f.marks("low");
                    f.put("b.jar", hook("2.0.0", "high"));
                    f.marks("high");
                    assertThat(f.shell("mqtt:extension-list", "--no-format")).contains("shadowed");
                    f.delete("b.jar");
                    f.marks("low");
                }),
                new Action("a lower version comes beside it", f -> {
                    f.put("b.jar", hook("2.0.0", "high"));
                    f.marks("high");
                    f.put("a.jar", hook("1.0.0", "low"));
                    fleet.awaitTraffic(10);
                    f.marks("high");
                }),
                new Action("half of a jar stays there, then it is whole", f -> {
                    byte[] whole = hook("1.0.0", "one").toBytes();
                    Files.write(f.file("a.jar"), Arrays.copyOf(whole, whole.length / 2));
                    f.says("a\\.jar is not installed: expected a whole jar");
                    f.why("a.jar", "is REFUSED: expected a whole jar");
                    Files.write(f.file("a.jar"), whole);
                    f.marks("one");
                }),
                new Action("half of a jar is written over one that runs", f -> {
                    byte[] next = hook("2.0.0", "two").toBytes();
                    f.put("a.jar", hook("1.0.0", "one"));
                    f.marks("one");
                    Files.write(f.file("a.jar"), Arrays.copyOf(next, next.length / 2));
                    f.why(NAME, "is ROLLED_BACK: expected a whole jar");
                    f.marks("one");
                    Files.write(f.file("a.jar"), next);
                    f.marks("two");
                }),
                new Action("some bytes of its entries are wrong", f -> {
                    byte[] bytes = hook("1.0.0", "one").toBytes();
                    Arrays.fill(bytes, bytes.length / 2, bytes.length / 2 + 64, (byte) 0x55);
                    Files.write(f.file("a.jar"), bytes);
                    f.says("a\\.jar is not installed: expected a whole jar");
                }),
                new Action("a file that is no ZIP", f -> {
                    Files.writeString(f.file("a.jar"), "this is a letter to the operator");
                    f.says("a\\.jar is not installed: expected a whole jar");
                }),
                new Action("an empty file", f -> {
                    Files.write(f.file("a.jar"), new byte[0]);
                    f.says("a\\.jar is not installed: expected a whole jar");
                }),
                new Action("a jar without a manifest", f -> {
                    try (var zip = new java.util.zip.ZipOutputStream(Files.newOutputStream(f.file("a.jar")))) {
                        zip.putNextEntry(new java.util.zip.ZipEntry("readme.txt"));
                    }
                    f.says("a\\.jar is not installed: .*it has no manifest");
                }),
                new Action("a jar without a symbolic name", f -> {
                    try (var jar = new java.util.jar.JarOutputStream(
                            Files.newOutputStream(f.file("a.jar")), new java.util.jar.Manifest())) {
                        jar.putNextEntry(new java.util.zip.ZipEntry("readme.txt"));
                    }
                    f.says("a\\.jar is not installed: .*Bundle-SymbolicName, but its manifest has none");
                }),
                refused(
                        "the name of a bundle of the broker",
                        "is a part of the broker itself",
                        f -> ExtensionJar.bundle("io.marquetry.core").header("Bundle-Version", "99.0.0")),
                refused(
                        "it exports org.conscrypt",
                        "exports no package, but it exports org\\.conscrypt",
                        f -> jar().header("Export-Package", "org.conscrypt").add("org/conscrypt/a.txt", "a")),
                refused(
                        "it exports org.bouncycastle.operator",
                        "it exports org\\.bouncycastle\\.operator",
                        f -> jar().header("Export-Package", "org.bouncycastle.operator;version=1.70")
                                .add("org/bouncycastle/operator/a.txt", "a")),
                refused(
                        "a fragment of Netty",
                        "it is a fragment of io\\.netty\\.common",
                        f -> jar().header("Fragment-Host", "io.netty.common")),
                refused(
                        "it requires a bundle",
                        "it requires io\\.netty\\.common",
                        f -> jar().header("Require-Bundle", "io.netty.common")),
                refused(
                        "it imports dynamically",
                        "without DynamicImport-Package",
                        f -> jar().header("DynamicImport-Package", "*")),
                refused(
                        "it imports what nobody exports",
                        "it imports the package com\\.example\\.gone, which nobody",
                        f -> jar().header("Import-Package", "com.example.gone")),
                refused(
                        "it imports a version that is not here",
                        "api\\.hook with .*99.*, and here is version",
                        f -> jar().header("Import-Package", "io.marquetry.api.hook;version=\"[99,100)\"")),
                refused(
                        "its activator throws",
                        "it threw in activation: .*cannot start",
                        f -> activator(FailingActivator.class)),
                new Action("the next version throws in activation, and then a good one comes", f -> {
                    f.put("a.jar", hook("1.0.0", "one"));
                    f.marks("one");
                    f.put("a.jar", activator(FailingActivator.class).header("Bundle-Version", "2.0.0"));
                    f.why(NAME, "is ROLLED_BACK: it threw in activation");
                    f.marks("one");
                    f.put("a.jar", hook("3.0.0", "three"));
                    f.marks("three");
                }),
                new Action("the component of the next version throws", f -> {
                    f.put("a.jar", hook("1.0.0", "one"));
                    f.marks("one");
                    f.put("a.jar", component(FailingHook.class, "2.0.0", "", ""));
                    f.why(NAME, "threw in activation");
                    f.why(NAME, "runs its last good version again, 1.0.0");
                    f.marks("one");
                }),
                new Action("the component waits for its configuration, and gets it", f -> {
                    String needs = "configuration-policy=\"require\" configuration-pid=\"" + NAME + "\"";
                    f.put("a.jar", component(MarkHook.class, "1.0.0", needs, "unset"));
                    f.why(
                            NAME,
                            "is WAITING: its component " + MarkHook.class.getName() + " waits for its configuration");
                    Path conf = broker.base().resolve("conf").resolve(NAME + ".cfg");
                    Files.writeString(conf, "mark = configured\n");
                    f.marks("configured");
                    Files.delete(conf);
                    f.marks("");
                }),
                new Action("its configuration was written a moment before, and counts from the first message on", f -> {
                    String takes = "configuration-pid=\"" + NAME + ".early\"";
                    Path conf = broker.base().resolve("conf").resolve(NAME + ".early.cfg");
                    Files.writeString(conf, "mark = configured\n");
                    f.put("a.jar", component(MarkHook.class, "1.0.0", takes, "unset"));
                    f.marks("configured");
                    assertThat(fleet.streams())
                            .noneMatch(stream -> stream.marks().contains("unset"));
                    Files.delete(conf);
                }),
                new Action("the ranking in its configuration changes, and so does the order of the chain", f -> {
                    String takes = "configuration-pid=\"" + NAME + ".other\"";
                    Path conf = broker.base().resolve("conf").resolve(NAME + ".other.cfg");
                    f.put("a.jar", hook("1.0.0", "first"));
                    f.marks("first");
                    f.put("b.jar", component(NAME + ".other", MarkHook.class, "1.0.0", takes, "last"));
                    f.marks("last"); // the mark of the last in the chain stays
                    Files.writeString(conf, "service.ranking = 7\n");
                    f.marks("first");
                    Files.writeString(conf, "service.ranking = -7\n");
                    f.marks("last");
                    Files.delete(conf);
                }),
                new Action("default configuration comes with it", f -> {
                    String needs = "configuration-policy=\"require\" configuration-pid=\"" + NAME + ".mark\"";
                    Path conf = broker.base().resolve("conf").resolve(NAME + ".mark.cfg");
                    f.put(
                            "a.jar",
                            component(MarkHook.class, "1.0.0", needs, "unset")
                                    .add("OSGI-INF/marquetry/" + NAME + ".mark.cfg", "mark = default\n"));
                    f.marks("default");
                    assertThat(conf).hasContent("mark = default");
                    Files.delete(conf);
                }),
                new Action("two extensions carry two versions of one library, and each uses its own", f -> {
                    f.put("a.jar", library(component(NAME, LibraryHook.class, "1.0.0", "", ""), 1));
                    f.marks("library 1");
                    f.put("b.jar", library(component(NAME + ".other", LibraryHook.class, "1.0.0", "", ""), 2));
                    f.marks("library 1 library 2");
                    f.delete("a.jar");
                    f.marks("library 2");
                }),
                new Action("it throws Errors", f -> {
                    f.put("a.jar", component(ErrorHook.class, "1.0.0", "", ""));
                    f.says("publish hook of " + NAME + " is in force");
                    f.publish("error/a");
                    f.says("the extension " + NAME
                            + " was to look at a message and failed: java.lang.StackOverflowError");
                    f.why(NAME, "was to look at a message and failed");
                    f.delete("a.jar");
                }),
                new Action("it blocks for ever, and is taken out all the same", f -> {
                    f.put("a.jar", component(HangingHook.class, "1.0.0", "", ""));
                    f.says("publish hook of " + NAME + " is in force");
                    f.publish("hang/a");
                    f.delete("a.jar");
                    f.says("the extension " + NAME + " is removed");
                }),
                new Action("it leaves a thread behind", f -> {
                    f.put("a.jar", activator(ThreadLeavingActivator.class));
                    f.why(NAME, "is ACTIVE");
                    f.put("a.jar", hook("2.0.0", "two"));
                    f.marks("two");
                    f.why(NAME, "left 1 threads running when it was stopped: [left-behind]");
                }),
                new Action("it leaves a thread behind when it is taken out", f -> {
                    f.put("a.jar", activator(ThreadLeavingActivator.class));
                    f.why(NAME, "is ACTIVE");
                    f.delete("a.jar");
                    f.why(NAME, "is not there any more");
                    f.why(NAME, "left 1 threads running when it was stopped: [left-behind]");
                }),
                new Action("a command installs, restarts and removes it", f -> {
                    Path elsewhere = Files.createTempFile("elsewhere", ".jar");
                    hook("1.0.0", "one").writeTo(elsewhere);
                    assertThat(f.shell("mqtt:extension-install", elsewhere.toString()))
                            .contains("active");
                    f.marks("one");
                    hook("2.0.0", "two").writeTo(elsewhere);
                    assertThat(f.shell("mqtt:extension-update", NAME, elsewhere.toString()))
                            .contains("active");
                    f.marks("two");
                    assertThat(f.shell("mqtt:extension-restart", NAME)).contains("active");
                    f.marks("two");
                    assertThat(f.shell("mqtt:extension-top")).contains("PublishHook");
                    assertThat(f.shell("mqtt:extension-remove", NAME)).contains("available");
                    f.marks("");
                }),
                new Action("configuration and other files are left alone", f -> {
                    Files.writeString(f.file("a.txt"), "a note");
                    Files.createDirectories(f.file("folder.jar"));
                    f.put("a.jar", hook("1.0.0", "last"));
                    f.marks("last");
                    Files.delete(f.file("folder.jar"));
                }));
    }

    @FunctionalInterface
    private interface Making {
        ExtensionJar by(Folder folder) throws IOException;
    }

    /** A jar is refused with a sentence, in the log and to whoever asks. */
    private static Action refused(String title, String regex, Making making) {
        return new Action(title, f -> {
            f.put("refused.jar", making.by(f));
            f.says("WARN.*refused\\.jar is not installed: .*" + regex);
            assertThat(f.shell("mqtt:extension-list", "--no-format"))
                    .containsPattern("refused\trefused|\trefused\t.*" + regex);
        });
    }

    private static ExtensionJar jar() {
        return ExtensionJar.bundle(NAME);
    }

    private static ExtensionJar activator(Class<?> type) throws IOException {
        return jar().header("Bundle-Activator", type.getName())
                .header("Import-Package", "org.osgi.framework")
                .add(type);
    }

    /**
     * With a library in a jar of its own inside, as extensions carry them; only the name of its package is the same.
     */
    private static ExtensionJar library(ExtensionJar extension, int version) throws IOException {
        return extension
                .header("Bundle-ClassPath", ".,lib/library.jar")
                .add("lib/library.jar", Library.compiled(version));
    }

    private static ExtensionJar hook(String version, String mark) throws IOException {
        return component(MarkHook.class, version, "", mark);
    }

    private static ExtensionJar component(Class<?> type, String version, String attributes, String mark)
            throws IOException {
        return component(NAME, type, version, attributes, mark);
    }

    private static ExtensionJar component(String name, Class<?> type, String version, String attributes, String mark)
            throws IOException {
        return ExtensionJar.bundle(name)
                .header("Bundle-Version", version)
                .header("Service-Component", "OSGI-INF/hook.xml")
                .header(
                        "Import-Package",
                        "io.marquetry.api.extension,io.marquetry.api.hook,io.marquetry.api.client,io.marquetry.api.mqtt")
                .add("OSGI-INF/hook.xml", COMPONENT.formatted(type.getName(), attributes, mark))
                .add(type);
    }
}
