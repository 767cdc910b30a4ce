// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The user file and what is in force of it. An edit that cannot be used changes nothing. When there was none of before,
 * at the start, nobody is answered until the file is repaired: leaving the chain then would let others decide about
 * clients that are meant to be checked here. One thread looks, many ask.
 */
final class UserFile {
    private static final Logger LOG = LoggerFactory.getLogger(UserFile.class);
    private static final long MOST_BYTES = 256L << 20;

    /** What tells one content from another without reading it; links are followed. */
    private record Stamp(
            FileTime modified, long size, @Nullable Object key) {}

    private final Path file;
    private volatile @Nullable FileUsers users;
    private volatile String problem = "";
    private @Nullable Stamp taken;
    private @Nullable Stamp moving;
    private boolean missing;

    /** Reads the file. */
    UserFile(Path file) {
        this.file = file;
        taken = stamp();
        missing = taken == null;
        read();
    }

    /**
     * What is in force.
     *
     * @throws IllegalStateException with what is wrong with the file, when it could never be read
     */
    FileUsers users() {
        FileUsers now = users;
        if (now == null) {
            throw new IllegalStateException(problem);
        }
        return now;
    }

    /** Looks whether the file has changed and stands still again; to be called a few times a second. */
    void look() {
        Stamp now = stamp();
        if (now == null) {
            if (!missing) {
                missing = true;
                LOG.warn("{} is gone; the users of before stay in force until it is there again", file);
            }
            return;
        }
        missing = false;
        if (now.equals(taken)) {
            moving = null;
        } else if (now.equals(moving)) {
            taken = now;
            moving = null;
            read();
        } else {
            moving = now; // it may be half written
        }
    }

    private void read() {
        try {
            FileUsers read = FileUsers.parse(text().lines().toList());
            users = read;
            LOG.info("{}: users in force: {}", file, read.size());
        } catch (IOException | IllegalArgumentException e) {
            problem = sentence(e);
            LOG.error(
                    "{}; {}",
                    problem,
                    users == null
                            ? "nobody can be checked until it is repaired, which is noticed at once"
                            : "nothing of the change is in force, the users of before stay");
        }
    }

    private String text() throws IOException {
        long size = Files.size(file);
        if (size > MOST_BYTES) {
            throw new IOException("expected at most " + MOST_BYTES + " bytes, got " + size);
        }
        byte[] bytes = Files.readAllBytes(file);
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
        if (e instanceof NoSuchFileException) {
            return file + ": expected a file of users, there is none; mosquitto_passwd -c " + file + " NAME makes one";
        }
        if (e instanceof IllegalArgumentException) {
            return file + ", " + e.getMessage();
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
}
