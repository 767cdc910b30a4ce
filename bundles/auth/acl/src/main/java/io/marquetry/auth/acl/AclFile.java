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

    private final Path file;
    private final String name;
    private final Runnable onChange;
    private volatile Rules rules;
    private boolean usable;

    /**
     * Writes the file, with the rules that come with the extension, when there is none. Nobody may do anything before
     * it is read.
     *
     * @param onChange called when other rules have come into force, by {@link #read}
     */
    AclFile(Path file, Runnable onChange) {
        this.file = file;
        this.onChange = onChange;
        this.name = String.valueOf(file.getFileName());
        this.rules = Rules.denying(name + " is not yet read");
        if (!Files.exists(file)) {
            writeDefault();
        }
    }

    /** What is in force. */
    Rules rules() {
        return rules;
    }

    /** Takes the file as it is now. */
    void read() {
        if (usable && !Files.exists(file)) {
            LOG.warn("{} is gone; the rules of before stay in force until it is there again", file);
            return;
        }
        try {
            rules = parse();
            usable = true;
            LOG.info("{}: rules in force: {}", file, rules.size());
            onChange.run();
        } catch (IOException | Fault e) {
            if (usable) {
                LOG.error("{}; nothing of the change is in force, the rules of before stay", sentence(e));
                return;
            }
            rules = Rules.denying(name + " cannot be used, everything is denied until it is repaired");
            LOG.error("{}; everything is denied until it is repaired, which is noticed at once", sentence(e));
        }
    }

    private Rules parse() throws IOException, Fault {
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
