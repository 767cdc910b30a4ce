// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of rules and what is in force of it. A file that cannot be used changes nothing; at the start, when there
 * are no rules of before, nobody may do anything until it is repaired: rules that cannot be read may well have been
 * there to forbid. One thread looks, many loops ask.
 */
final class AclFile {
    private static final Logger LOG = LoggerFactory.getLogger(AclFile.class);
    private static final String DEFAULT = "acl.conf";
    private static final long MOST_BYTES = 16 << 20;

    /** What tells one content from another without reading it; links are followed. */
    private record Stamp(
            FileTime modified, long size, @Nullable Object key) {}

    private final Path file;
    private final String name;
    private final Runnable onChange;
    private volatile Rules rules;
    private @Nullable Stamp taken;
    private @Nullable Stamp moving;
    private boolean missing;

    /**
     * Reads the file; writes it, with the rules that come with the extension, when there is none.
     *
     * @param onChange called when other rules have come into force, by {@link #look}
     */
    AclFile(Path file, Runnable onChange) {
        this.file = file;
        this.onChange = onChange;
        this.name = String.valueOf(file.getFileName());
        this.rules = Rules.denying(name + " is not yet read");
        if (!Files.exists(file)) {
            writeDefault();
        }
        taken = stamp();
        try {
            rules = read();
            LOG.info("{}: rules in force: {}", file, rules.size());
        } catch (IOException | Fault e) {
            rules = Rules.denying(name + " cannot be used, everything is denied until it is repaired");
            LOG.error("{}; everything is denied until it is repaired, which is noticed at once", sentence(e));
        }
    }

    /** What is in force. */
    Rules rules() {
        return rules;
    }

    /**
     * Looks whether the file has changed and stands still again; to be called a few times a second.
     *
     * @return whether other rules are in force now
     */
    boolean look() {
        Stamp now = stamp();
        if (now == null) {
            if (!missing) {
                missing = true;
                LOG.warn("{} is gone; the rules of before stay in force until it is there again", file);
            }
            return false;
        }
        missing = false;
        if (now.equals(taken)) {
            moving = null;
            return false;
        }
        if (!now.equals(moving)) {
            moving = now; // it may be half written
            return false;
        }
        taken = now;
        moving = null;
        try {
            rules = read();
            onChange.run();
            LOG.info("{}: rules in force: {}", file, rules.size());
            return true;
        } catch (IOException | Fault e) {
            LOG.error("{}; nothing of the change is in force, the rules of before stay", sentence(e));
            return false;
        }
    }

    private Rules read() throws IOException, Fault {
        if (Files.size(file) > MOST_BYTES) {
            throw new IOException("expected at most " + MOST_BYTES + " bytes, got " + Files.size(file));
        }
        byte[] bytes = Files.readAllBytes(file);
        Source source = new Source(file.toString(), decode(bytes));
        try {
            return new Rules(RuleReader.read(new Source(name, source.text())));
        } catch (Fault e) {
            throw new Fault(e.at(), source.place(e.at()) + ": " + e.getMessage());
        }
    }

    private String decode(byte[] bytes) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(in).toString();
        } catch (CharacterCodingException e) {
            int line = 1;
            for (int i = 0; i < in.position(); i++) {
                line += bytes[i] == '\n' ? 1 : 0;
            }
            throw new IOException("expected UTF-8, got other bytes in line " + line, e);
        }
    }

    private String sentence(Exception e) {
        if (e instanceof Fault) {
            return String.valueOf(e.getMessage());
        }
        if (e instanceof NoSuchFileException) {
            return file + ": expected a file of rules, there is none and none could be written";
        }
        return file + " cannot be read: " + (e.getMessage() == null ? e.toString() : e.getMessage());
    }

    private @Nullable Stamp stamp() {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(found.lastModifiedTime(), found.size(), found.fileKey());
        } catch (IOException e) {
            return null;
        }
    }

    private void writeDefault() {
        try (InputStream rulesOfTheJar = AclFile.class.getResourceAsStream(DEFAULT)) {
            if (rulesOfTheJar == null) {
                throw new FileNotFoundException(DEFAULT + " is not in the jar");
            }
            Path directory = file.toAbsolutePath().getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            Files.copy(rulesOfTheJar, file);
            LOG.info("{} was not there and is written, with the rules that come with the extension", file);
        } catch (FileAlreadyExistsException e) {
            LOG.debug("{} was written by somebody else in this moment", file);
        } catch (IOException e) {
            LOG.error("{} cannot be written: {}", file, e.toString());
        }
    }
}
