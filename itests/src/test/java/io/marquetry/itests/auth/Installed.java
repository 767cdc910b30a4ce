// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.Distribution;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An extension that travels with the broker, in {@code deploy/}, with its configuration in {@code conf/}. */
final class Installed implements AutoCloseable {
    private static final Pattern THREAD = Pattern.compile("^\"(.*?)\" #[0-9]+ ");

    /** What comes and goes without the extension. */
    private static final String OF_THE_BROKER = "Attach Listener|C[12] CompilerThread.*|.*ForkJoinPool.*";

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final BrokerProcess broker;
    private final String name;
    private final Path jar;
    private final Set<String> threadsBefore;

    private Installed(BrokerProcess broker, String name) throws Exception {
        this.broker = broker;
        this.name = name;
        this.jar = broker.base().resolve("deploy").resolve("marquetry-auth-" + name + ".jar");
        this.threadsBefore = threads();
        installJar();
    }

    /** Drops {@code extensions/marquetry-auth-NAME.jar} into the folder. */
    static Installed drop(BrokerProcess broker, String name) throws Exception {
        return new Installed(broker, name);
    }

    private void installJar() throws IOException {
        Files.copy(Distribution.home().resolve("extensions").resolve(jar.getFileName()), jar);
    }

    /** Configures an instance of its authenticator and waits until the broker asks it. */
    void authenticate(String instance, List<String> lines) throws IOException {
        configure("authenticator", instance, lines);
    }

    /** Configures an instance of its authorizer and waits until the broker asks it. */
    void authorize(String instance, List<String> lines) throws IOException {
        configure("authorizer", instance, lines);
    }

    private void configure(String role, String instance, List<String> lines) throws IOException {
        int mark = broker.log().mark();
        Path file = file(role, instance);
        broker.conf(file.getFileName().toString().replace(".cfg", "")).write(String.join("\n", lines) + "\n");
        broker.log().await(mark, role + " of .*auth[.]" + name + ".* is in force", LIMIT);
    }

    /** Takes an instance away again and waits until the broker does not ask it any more. */
    void remove(String role, String instance) throws IOException {
        int mark = broker.log().mark();
        // With its last configuration a required extension is lost, until the test writes the next one.
        broker.log().allow("nobody new is let in, required extensions are not active");
        Files.delete(file(role, instance));
        broker.log().await(mark, role + " of .*auth[.]" + name + ".* is gone", LIMIT);
    }

    private Path file(String role, String instance) {
        return broker.base()
                .resolve("conf")
                .resolve("io.marquetry.auth." + name + "." + role + "-" + instance + ".cfg");
    }

    /** The names of the threads of the broker, numbers left out. */
    private Set<String> threads() {
        Set<String> names = new TreeSet<>();
        for (String line : jcmd("Thread.print")) {
            Matcher matcher = THREAD.matcher(line);
            if (matcher.find()) {
                names.add(matcher.group(1).replaceAll("[0-9]+", "N"));
            }
        }
        return names;
    }

    private List<String> jcmd(String command) {
        try {
            String jcmd =
                    Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
            return Tool.run(broker.base(), LIMIT, List.of(jcmd, Long.toString(broker.pid()), command));
        } catch (Exception e) {
            throw new AssertionError("jcmd has failed", e);
        }
    }

    /** Removes jar and configuration, and waits until no thread is left that was not there before. */
    @Override
    public void close() throws Exception {
        Path conf = broker.base().resolve("conf");
        try (var files = Files.list(conf)) {
            for (Path file : files.toList()) {
                if (file.getFileName().toString().startsWith("io.marquetry.auth." + name + ".")) {
                    Files.delete(file);
                }
            }
        }
        Files.delete(jar);
        Set<String> left = new TreeSet<>();
        Patience.untilPresent(() -> "the threads of " + name + " to end: " + left, LIMIT, () -> {
            left.clear();
            left.addAll(threads());
            left.removeAll(threadsBefore);
            left.removeIf(thread -> thread.matches(OF_THE_BROKER));
            return left.isEmpty() ? Optional.of(name) : Optional.empty();
        });
    }
}
