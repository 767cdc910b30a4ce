// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A client's end of a WebSocket, byte by byte: what is written leaves in masked frames, some of them fragments, and
 * what is read is what the frames of the other end carry.
 */
final class WebSocketPeer extends Socket {
    static final int BINARY = 0x82;
    static final int PING = 0x89;
    static final int PONG = 0x8a;
    static final int CLOSE = 0x88;

    private final Socket below;
    private final DataInputStream in;
    private final Random random = new Random(5);
    final List<byte[]> pongs = new ArrayList<>();
    int closeStatus = -1;
    int frames;
    private int left;

    WebSocketPeer(Socket below) throws IOException {
        this.below = below;
        this.in = new DataInputStream(below.getInputStream());
    }

    static String request(String path, String more) {
        return "GET " + path
                + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + more + "\r\n";
    }

    WebSocketPeer upgrade(String path, String protocol) throws IOException {
        String answer = ask(request(path, "Sec-WebSocket-Protocol: " + protocol + "\r\n"));
        if (!answer.startsWith("HTTP/1.1 101")
                || !answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                || !answer.toLowerCase(java.util.Locale.ROOT).contains("sec-websocket-protocol: " + protocol)) {
            throw new IOException("no upgrade: " + answer);
        }
        return this;
    }

    /** Sends a request and returns the head of the answer. */
    String ask(String request) throws IOException {
        below.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                break;
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    static byte[] frame(int first, byte[] payload, int at, int length) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(first);
        if (length < 126) {
            out.write(0x80 | length);
        } else if (length < 65_536) {
            out.write(0x80 | 126);
            out.write(length >> 8);
            out.write(length);
        } else {
            out.write(0x80 | 127);
            for (int shift = 56; shift >= 0; shift -= 8) {
                out.write((int) ((long) length >> shift));
            }
        }
        byte[] mask = {0x12, (byte) 0xf3, 0x55, 0x0a};
        out.write(mask, 0, 4);
        for (int i = 0; i < length; i++) {
            out.write(payload[at + i] ^ mask[i % 4]);
        }
        return out.toByteArray();
    }

    void send(int first, byte[] payload) throws IOException {
        below.getOutputStream().write(frame(first, payload, 0, payload.length));
    }

    void raw(byte[] bytes) throws IOException {
        below.getOutputStream().write(bytes);
    }

    @Override
    public OutputStream getOutputStream() {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                ByteArrayOutputStream all = new ByteArrayOutputStream();
                int at = 0;
                boolean first = true;
                while (at < length) {
                    int part = Math.min(length - at, 1 + random.nextInt(random.nextBoolean() ? 20 : 100_000));
                    boolean last = at + part == length || random.nextBoolean();
                    all.write(frame((last ? 0x80 : 0) | (first ? 2 : 0), bytes, offset + at, part));
                    first = last;
                    at += part;
                }
                below.getOutputStream().write(all.toByteArray());
            }
        };
    }

    @Override
    public InputStream getInputStream() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                while (left == 0 && length > 0) {
                    if (!nextFrame()) {
                        return -1;
                    }
                }
                int got = in.read(bytes, offset, Math.min(length, left));
                left -= Math.max(got, 0);
                return got;
            }
        };
    }

    /** Reads on to the next frame of bytes; false at the end. */
    boolean nextFrame() throws IOException {
        int first = in.read();
        if (first < 0) {
            return false;
        }
        int second = in.readUnsignedByte();
        if ((second & 0x80) != 0) {
            throw new IOException("a server does not mask");
        }
        long length = second == 126 ? in.readUnsignedShort() : second == 127 ? in.readLong() : second;
        if (first == BINARY) {
            frames++;
            left = (int) length;
            return true;
        }
        byte[] payload = in.readNBytes((int) length);
        if (first == PONG) {
            pongs.add(payload);
            return true;
        }
        if (first == CLOSE) {
            closeStatus = payload.length < 2 ? 0 : (payload[0] & 0xff) << 8 | payload[1] & 0xff;
            return nextFrame();
        }
        throw new IOException("unexpected frame 0x" + Integer.toHexString(first));
    }

    @Override
    public void setSoLinger(boolean on, int linger) throws java.net.SocketException {
        below.setSoLinger(on, linger);
    }

    @Override
    public synchronized void close() throws IOException {
        below.close();
    }
}
