// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.Distribution;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code bin/marquetry shell} with its commands on the standard input, one after the other. */
final class SwapShell implements AutoCloseable {
    private final Process process;
    private final Writer in;
    private final BufferedReader out;
    private int commands;

    SwapShell(BrokerProcess broker) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Distribution.home().resolve("bin/marquetry").toString(), "shell")
                .redirectErrorStream(true);
        builder.environment().put("MARQUETRY_BASE", broker.base().toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        process = builder.start();
        in = process.outputWriter(UTF_8);
        out = process.inputReader(UTF_8);
    }

    /** Puts another jar in the place of an extension; fails unless that one runs then. */
    void update(String name, Path jar) throws IOException {
        List<String> answer = run("mqtt:extension-update " + name + " " + jar);
        if (answer.stream().noneMatch(line -> line.contains("active"))) {
            throw new AssertionError("expected " + name + " to be active after its update, got " + answer);
        }
    }

    /** Runs one command, and returns what it prints. */
    private List<String> run(String command) throws IOException {
        String end = "end-of-command-" + ++commands;
        in.write(command + "\necho " + end + "\n");
        in.flush();
        List<String> lines = new ArrayList<>();
        while (true) {
            String line = out.readLine();
            if (line == null) {
                throw new AssertionError("the shell ended after " + command + ", which printed " + lines);
            }
            if (line.strip().equals(end)) {
                return lines;
            }
            lines.add(line);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        in.close();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
