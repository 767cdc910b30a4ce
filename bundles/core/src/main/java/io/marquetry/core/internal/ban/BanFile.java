// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.ban;

import io.marquetry.api.admin.Ban;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bans as people can read them: one line each, values parted by tabs. A new ban and the end of one are lines at the end
 * of the file, so that they cost the same however many there are; when much of the file is of the past it is written
 * anew, beside the old one, and put in its place. Used by one thread at a time.
 */
final class BanFile {
    private static final Logger LOG = LoggerFactory.getLogger(BanFile.class);
    private static final String HEAD =
            "# Written by the broker, read when it starts. A later line about the same one counts.\n"
                    + "# ban\tKIND\tWHO\tUNTIL\tAT\tBY\tREASON, or: end\tKIND\tWHO\n";
    private static final String NEVER = "never";
    private static final int FEW = 1_000;

    private final Path path;
    private @Nullable FileChannel channel;
    private int lines;
    private boolean usable;

    BanFile(Path path) {
        this.path = path;
    }

    /** Whether it was read, so that nothing is lost when it is written. */
    boolean isUsable() {
        return usable;
    }

    /** Reads the file; a line that is none is named and passed over, and the file kept beside the next one. */
    List<Ban> read() throws IOException {
        if (!Files.exists(path)) {
            usable = true;
            return List.of();
        }
        String text = Files.readString(path);
        Map<String, Ban> bans = new LinkedHashMap<>();
        int number = 0;
        boolean broken = !text.isEmpty() && !text.endsWith("\n");
        for (String line : text.split("\n", -1)) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            lines++;
            try {
                apply(line, bans);
            } catch (IllegalArgumentException | DateTimeException e) {
                broken = true;
                LOG.warn("{}:{}: {}; the line is passed over", path, number, e.getMessage());
            }
        }
        usable = true;
        List<Ban> found = List.copyOf(bans.values());
        if (broken) {
            Path kept = path.resolveSibling(path.getFileName() + ".broken");
            Files.copy(path, kept, StandardCopyOption.REPLACE_EXISTING);
            LOG.warn("{} had lines that are none; it is kept as {} and written anew", path, kept);
            replace(found);
        }
        return found;
    }

    private static void apply(String line, Map<String, Ban> bans) {
        String[] parts = line.split("\t", -1);
        if (parts[0].equals("end") && parts.length == 3) {
            Ban.Kind as = kind(parts[1]);
            bans.remove(as + Target.key(as, unescape(parts[2])));
            return;
        }
        if (!parts[0].equals("ban") || parts.length != 7) {
            throw new IllegalArgumentException("expected 7 values behind one another, parted by tabs: ban KIND WHO"
                    + " UNTIL AT BY REASON; got " + parts.length);
        }
        long until = parts[3].equals(NEVER)
                ? Long.MAX_VALUE
                : Instant.parse(parts[3]).toEpochMilli();
        Ban ban = new Ban(
                kind(parts[1]),
                unescape(parts[2]),
                unescape(parts[5]),
                unescape(parts[6]),
                Instant.parse(parts[4]).toEpochMilli(),
                until);
        bans.put(ban.as() + Target.of(ban).key(), ban);
    }

    private static Ban.Kind kind(String word) {
        return Arrays.stream(Ban.Kind.values())
                .filter(kind -> kind.word().equals(word.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("expected one of the kinds "
                        + String.join(
                                ", ",
                                Arrays.stream(Ban.Kind.values())
                                        .map(Ban.Kind::word)
                                        .toList())
                        + ", got " + word));
    }

    void add(Ban ban) throws IOException {
        append(line(ban));
    }

    void delete(Ban ban) throws IOException {
        append("end\t" + ban.as().word() + "\t" + oneLine(ban.who()) + "\n");
    }

    private static String line(Ban ban) {
        String until = ban.until() == Long.MAX_VALUE
                ? NEVER
                : Instant.ofEpochMilli(ban.until()).toString();
        return String.join(
                        "\t",
                        "ban",
                        ban.as().word(),
                        oneLine(ban.who()),
                        until,
                        Instant.ofEpochMilli(ban.at()).toString(),
                        oneLine(ban.by()),
                        oneLine(ban.reason()))
                + "\n";
    }

    private void append(String line) throws IOException {
        if (!usable) {
            throw new IOException(path + " could not be read when the broker started; nothing is added to it");
        }
        boolean isNew = !Files.exists(path);
        FileChannel out = channel;
        if (out == null || isNew) {
            if (path.getParent() != null) {
                Files.createDirectories(path.getParent());
            }
            out = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
            close();
            channel = out;
        }
        write(out, isNew ? HEAD + line : line);
        lines++;
    }

    private static void write(FileChannel out, String text) throws IOException {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    /** Writes the file anew when most of its lines say nothing any more. */
    void compactIfWorthwhile(Supplier<List<Ban>> bans) throws IOException {
        if (lines > FEW) {
            List<Ban> all = bans.get();
            if (lines > 2 * all.size()) {
                replace(all);
            }
        }
    }

    private void replace(List<Ban> bans) throws IOException {
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        List<String> parts = new ArrayList<>();
        parts.add(HEAD);
        bans.forEach(ban -> parts.add(line(ban)));
        try (FileChannel out = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            write(out, String.join("", parts));
            out.force(true);
        }
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        close();
        lines = bans.size();
    }

    void close() {
        FileChannel out = channel;
        channel = null;
        if (out != null) {
            try {
                out.close();
            } catch (IOException e) {
                LOG.warn("{} cannot be closed: {}", path, e.toString());
            }
        }
    }

    /** Names are chosen by clients: none of them may make a line of its own, in a file or in a log. */
    static String oneLine(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                safe.append("\\\\");
            } else if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029' || Character.isSurrogate(c)) {
                safe.append(String.format("\\u%04x", (int) c));
            } else {
                safe.append(c);
            }
        }
        return safe.toString();
    }

    private static String unescape(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                plain.append(c);
            } else if (text.startsWith("\\\\", i)) {
                plain.append('\\');
                i++;
            } else if (text.startsWith("\\u", i) && i + 6 <= text.length()) {
                plain.append((char) Integer.parseInt(text, i + 2, i + 6, 16));
                i += 5;
            } else {
                throw new IllegalArgumentException("expected \\\\ or \\u and four digits behind it, got \""
                        + text.substring(i, Math.min(text.length(), i + 6)) + "\"");
            }
        }
        return plain.toString();
    }
}
