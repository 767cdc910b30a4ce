// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A session as it lies in the store; its number is in the key.
 *
 * @param createdAt when it began, in milliseconds since 1970
 * @param expirySeconds how long it outlives its connection
 * @param disconnectedAt when its last connection ended, in milliseconds since 1970; 0 while there is one
 * @param will the will that was not published yet, or null
 */
record SessionRecord(
        String clientId,
        long createdAt,
        long expirySeconds,
        long disconnectedAt,
        @Nullable Will will) {
    private static final byte VERSION = 1;

    /**
     * Of a session that has ended, and whose will is being published, or whose messages are handed on. No client can
     * have its identifier [MQTT-1.5.4-2].
     */
    static SessionRecord ended(long number, long at, @Nullable Will will) {
        return new SessionRecord("\0" + number, at, 0, at, will);
    }

    byte[] write() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(will == null ? 64 : 256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            writeText(out, clientId);
            out.writeLong(createdAt);
            out.writeInt((int) expirySeconds);
            out.writeLong(disconnectedAt);
            out.writeBoolean(will != null);
            if (will != null) {
                WillRecord.write(will, out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // an array takes everything
        }
        return bytes.toByteArray();
    }

    /** @throws IllegalArgumentException when it is none */
    static SessionRecord read(byte[] value) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(value))) {
            byte version = in.readByte();
            if (version != VERSION) {
                throw new IllegalArgumentException("expected version " + VERSION + ", not " + version);
            }
            return new SessionRecord(
                    text(in),
                    in.readLong(),
                    in.readInt() & 0xFFFF_FFFFL,
                    in.readLong(),
                    in.readBoolean() ? WillRecord.read(in) : null);
        } catch (IOException e) {
            throw new IllegalArgumentException("expected a session, but its record is cut off", e);
        }
    }

    static void writeText(DataOutputStream out, String text) throws IOException {
        writeBytes(out, text.getBytes(StandardCharsets.UTF_8));
    }

    static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    static String text(DataInputStream in) throws IOException {
        return new String(bytes(in), StandardCharsets.UTF_8);
    }

    static byte[] bytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IllegalArgumentException("expected " + length + " bytes, there are " + in.available());
        }
        return in.readNBytes(length);
    }
}
