// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * Cuts the bytes of the broker into packets. A packet that is late is not lost: the next call goes on where this ended.
 */
final class ProbeInput {
    private final Socket socket;
    private final InputStream in;
    private final Version version;
    private byte[] buffer = new byte[4096];
    private int end;
    private int largest;

    ProbeInput(Socket socket, Version version) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
        this.version = version;
    }

    /** Nothing came in time. */
    static final class Late extends AssertionError {
        private static final long serialVersionUID = 1;

        Late(String message) {
            super(message);
        }
    }

    /** The size of the largest packet so far. */
    int largest() {
        return largest;
    }

    /** The next packet, or nothing when the broker has closed the connection. */
    Optional<Received> read(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (true) {
                Optional<Received> packet = cut();
                if (packet.isPresent()) {
                    return packet;
                }
                if (!fill(deadline, limit)) {
                    if (end > 0) {
                        throw new AssertionError("The broker closed the connection within a packet: "
                                + java.util.HexFormat.of().formatHex(buffer, 0, Math.min(end, 64)));
                    }
                    return Optional.empty();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<Received> cut() {
        int length = 0;
        for (int i = 1; i < Math.min(end, 5); i++) {
            length |= (buffer[i] & 0x7F) << (7 * (i - 1));
            if (buffer[i] >= 0) {
                int start = i + 1;
                if (end < start + length) {
                    return Optional.empty();
                }
                largest = Math.max(largest, start + length);
                byte[] body = Arrays.copyOfRange(buffer, start, start + length);
                int first = buffer[0] & 0xFF;
                end -= start + length;
                System.arraycopy(buffer, start + length, buffer, 0, end);
                return Optional.of(ReceivedParser.parse(first, body, version));
            }
        }
        if (end >= 5) {
            throw new AssertionError("The broker sent a Remaining Length of more than four bytes");
        }
        return Optional.empty();
    }

    /** Reads what is there; false at the end of the stream. */
    private boolean fill(long deadline, Duration limit) throws IOException {
        if (end == buffer.length) {
            buffer = Arrays.copyOf(buffer, buffer.length * 2);
        }
        long millis = Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
        socket.setSoTimeout((int) Math.min(millis, Integer.MAX_VALUE));
        try {
            int count = in.read(buffer, end, buffer.length - end);
            if (count < 0) {
                return false;
            }
            end += count;
            return true;
        } catch (SocketTimeoutException e) {
            throw new Late("Nothing came within " + limit.toMillis() + " ms");
        } catch (EOFException e) {
            return false;
        } catch (SocketException e) {
            if (socket.isClosed()) {
                throw e;
            }
            return false; // a reset: the broker closed while bytes of ours were still unread
        }
    }
}
