// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What a broker prints on standard output, line by line, while it runs. Safe for all threads. */
public final class BrokerLog {
    private static final Pattern TROUBLE = Pattern.compile("\\bERROR\\b|\\bLEAK\\b|AssertionError");

    private final List<String> lines = new ArrayList<>();
    private final List<Pattern> expected = new ArrayList<>();
    private final Thread reader;

    BrokerLog(InputStream output, Path copy) {
        reader = new Thread(() -> read(output, copy), "broker-log");
        reader.setDaemon(true);
        reader.start();
    }

    private void read(InputStream output, Path copy) {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8));
                PrintWriter out = new PrintWriter(Files.newBufferedWriter(copy))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.println(line);
                out.flush();
                synchronized (lines) {
                    lines.add(line);
                }
            }
        } catch (IOException e) {
            synchronized (lines) {
                lines.add("ERROR the log ended early: " + e);
            }
        }
    }

    /** How many lines there are now: a mark for {@link #since}. */
    public int mark() {
        synchronized (lines) {
            return lines.size();
        }
    }

    /** The lines behind a mark. */
    public List<String> since(int mark) {
        synchronized (lines) {
            return List.copyOf(lines.subList(mark, lines.size()));
        }
    }

    /** Waits for a line behind {@code mark} in which this regular expression is found, and returns it. */
    public String await(int mark, String regex) {
        return await(mark, regex, Patience.LIMIT);
    }

    /** As {@link #await(int, String)}, within {@code limit}. */
    public String await(int mark, String regex, Duration limit) {
        Pattern pattern = Pattern.compile(regex);
        return Patience.untilPresent(
                () -> "a log line with " + regex + " among\n" + String.join("\n", tail(since(mark))),
                limit,
                () -> find(mark, pattern));
    }

    /** Whether a line behind {@code mark} holds this regular expression now. */
    public boolean contains(int mark, String regex) {
        return find(mark, Pattern.compile(regex)).isPresent();
    }

    private Optional<String> find(int mark, Pattern pattern) {
        return since(mark).stream().filter(line -> pattern.matcher(line).find()).findFirst();
    }

    /** Takes lines with this regular expression for granted: they are no trouble. */
    public void allow(String regex) {
        synchronized (lines) {
            expected.add(Pattern.compile(regex));
        }
    }

    /** Fails when a line behind {@code mark} speaks of an error or of a buffer that was not released. */
    public void assertNoTrouble(int mark) {
        List<String> trouble = since(mark).stream()
                .filter(line -> TROUBLE.matcher(line).find())
                .filter(line -> !isExpected(line))
                .toList();
        if (!trouble.isEmpty()) {
            throw new AssertionError("The broker logged trouble:\n" + String.join("\n", trouble));
        }
    }

    private boolean isExpected(String line) {
        synchronized (lines) {
            return expected.stream().anyMatch(pattern -> pattern.matcher(line).find());
        }
    }

    /** Waits for the last line of a broker that has ended. */
    void awaitEnd() throws InterruptedException {
        reader.join(Patience.LIMIT.toMillis());
    }

    /** The last lines, for a message. */
    List<String> tail() {
        return tail(since(0));
    }

    private static List<String> tail(List<String> all) {
        return all.subList(Math.max(0, all.size() - 40), all.size());
    }
}
