// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.admin;

import io.marquetry.itests.support.Distribution;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code bin/marquetry shell} on the directory of one broker. */
public record OperatorShell(Path base) {
    /** What it has printed, and how it ended. */
    public record Answer(int exitCode, String out, String err) {
        /** What it has printed, line by line. */
        public List<String> lines() {
            return out.lines().toList();
        }
    }

    /** Runs a command of these words. */
    public Answer run(String... words) {
        return run("", words);
    }

    /** Runs it with this on its standard input. */
    public Answer run(String input, String[] words) {
        List<String> command = new ArrayList<>();
        command.add(Distribution.home().resolve("bin/marquetry").toString());
        command.add("shell");
        command.addAll(List.of(words));
        try {
            Path in = Files.writeString(Files.createTempFile("shell", ".in"), input);
            Path err = Files.createTempFile("shell", ".err");
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectInput(in.toFile()).redirectError(err.toFile());
            builder.environment().put("MARQUETRY_BASE", base.toString());
            builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
            Process process = builder.start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end");
            }
            Answer answer = new Answer(process.exitValue(), out, Files.readString(err));
            Files.delete(in);
            Files.delete(err);
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
