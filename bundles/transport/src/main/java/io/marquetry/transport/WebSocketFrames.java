// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * Takes a client's WebSocket frames apart, RFC 6455. What they carry is unmasked where it lies and moved together over
 * the headers, so that all of a read reaches the broker at once, however many frames it came in; nothing is kept but a
 * part of a header.
 */
final class WebSocketFrames extends ChannelInboundHandlerAdapter {
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int FIN = 0x80;
    private static final int RESERVED = 0x70;
    private static final int MASKED = 0x80;
    private static final int LONGEST_CONTROL = 125;
    private static final int SHORT_LENGTH = 0x7f;
    private static final int SHORT_HEADER = 6;
    private static final int TWO_BYTES = 126;
    private static final int EIGHT_BYTES = 127;

    private static final int PROTOCOL_ERROR = 1002;
    private static final int UNSUPPORTED = 1003;
    private static final int TOO_BIG = 1009;

    private final NettyWire wire;
    private final int maxFrameBytes;

    /** The header that is being read; never longer than two bytes, a length of eight and a mask of four. */
    private final ByteBuf header = Unpooled.buffer(14, 14);
    /** The payload of a control frame, which may come in pieces. */
    private final ByteBuf control = Unpooled.buffer(LONGEST_CONTROL, LONGEST_CONTROL);

    private boolean inFrame;
    private int opcode;
    private int left;
    private int mask;
    private boolean inMessage;
    private boolean over;

    WebSocketFrames(NettyWire wire, int maxFrameBytes) {
        this.wire = wire;
        this.maxFrameBytes = maxFrameBytes;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            if (!over) {
                read(in);
            }
        } finally {
            in.release();
        }
    }

    private void read(ByteBuf in) {
        int start = in.readerIndex();
        int end = start;
        @Nullable Runnable ending = null;
        while (ending == null && (inFrame || in.isReadable())) {
            if (!inFrame) {
                ending = readHeader(in);
                continue;
            }
            int bytes = Math.min(left, in.readableBytes());
            if (bytes == 0 && left > 0) {
                break;
            }
            if (opcode >= CLOSE) {
                int at = control.writerIndex();
                control.writeBytes(in, bytes);
                unmask(control, at, at, bytes);
            } else {
                unmask(in, in.readerIndex(), end, bytes);
                in.skipBytes(bytes);
                end += bytes;
            }
            left -= bytes;
            if (left == 0) {
                inFrame = false;
                ending = opcode >= CLOSE ? answer() : null;
            }
        }
        over = ending != null;
        if (end > start) {
            in.setIndex(start, end);
            wire.read(in);
        }
        if (ending != null) {
            ending.run();
        }
    }

    /** Reads a header, or a part of it. Returns what is to be done when it breaks the rules, else null. */
    private @Nullable Runnable readHeader(ByteBuf in) {
        int read = header.writerIndex();
        if (read == 0 && in.readableBytes() >= SHORT_HEADER) {
            // Most are short and whole, and need not be put together.
            int first = in.getByte(in.readerIndex());
            int second = in.getByte(in.readerIndex() + 1);
            int length = second & SHORT_LENGTH;
            if (length < TWO_BYTES && !isWrong(first, second)) {
                mask = in.getInt(in.readerIndex() + 2);
                in.skipBytes(SHORT_HEADER);
                return begin((first & FIN) != 0, length);
            }
        }
        for (int needed = read < 2 ? 2 : headerLength(); read < needed; needed = headerLength()) {
            if (!in.isReadable()) {
                return null;
            }
            header.writeBytes(in, Math.min(needed - read, in.readableBytes()));
            read = header.writerIndex();
            if (read < 2) {
                return null;
            }
            if (read == 2 && isWrong(header.getUnsignedByte(0), header.getUnsignedByte(1))) {
                return fail(PROTOCOL_ERROR, "frame_error");
            }
        }
        long length = header.getByte(1) & SHORT_LENGTH;
        if (length == TWO_BYTES) {
            length = header.getUnsignedShort(2);
        } else if (length == EIGHT_BYTES) {
            length = header.getLong(2);
        }
        mask = header.getInt(header.writerIndex() - 4);
        boolean fin = (header.getByte(0) & FIN) != 0;
        header.clear();
        return begin(fin, length);
    }

    private @Nullable Runnable begin(boolean fin, long length) {
        boolean isControl = opcode >= CLOSE;
        if (length < 0) {
            return fail(PROTOCOL_ERROR, "frame_error");
        }
        if (opcode == TEXT) {
            return fail(UNSUPPORTED, "unexpected_ws_frame");
        }
        if (!isControl && inMessage != (opcode == CONTINUATION)) {
            return fail(PROTOCOL_ERROR, "frame_error");
        }
        if (length > maxFrameBytes) {
            return fail(TOO_BIG, "frame_too_large");
        }
        if (!isControl) {
            inMessage = !fin;
        }
        control.clear();
        left = (int) length;
        inFrame = true;
        return null;
    }

    /** What can be told from two bytes is, lest we wait for a mask that never comes. */
    private boolean isWrong(int first, int second) {
        opcode = first & 0x0f;
        boolean isControl = opcode == CLOSE || opcode == PING || opcode == PONG;
        return (first & RESERVED) != 0
                || (second & MASKED) == 0
                || (!isControl && opcode > BINARY)
                || (isControl && ((first & FIN) == 0 || (second & SHORT_LENGTH) > LONGEST_CONTROL));
    }

    private int headerLength() {
        int length = header.getByte(1) & SHORT_LENGTH;
        return 2 + (length == TWO_BYTES ? 2 : length == EIGHT_BYTES ? 8 : 0) + 4;
    }

    private Runnable fail(int status, String reason) {
        return () -> wire.fail(status, reason);
    }

    private @Nullable Runnable answer() {
        if (opcode == PING) {
            int length = control.readableBytes();
            ByteBuf pong = PooledByteBufAllocator.DEFAULT.directBuffer(2 + length);
            wire.aside(pong.writeByte(FIN | PONG).writeByte(length).writeBytes(control));
        } else if (opcode == CLOSE) {
            if (control.readableBytes() == 1) {
                return fail(PROTOCOL_ERROR, "frame_error");
            }
            int status = control.isReadable() ? control.getUnsignedShort(0) : NettyWire.NORMAL_CLOSURE;
            return () -> wire.peerClosed(status);
        }
        return null;
    }

    /** Unmasks, eight bytes at a time; {@code to} is not behind {@code from}. Then turns the mask to what follows. */
    private void unmask(ByteBuf buffer, int from, int to, int bytes) {
        long twice = ((long) mask << 32) | (mask & 0xffffffffL);
        int i = 0;
        for (; i + 8 <= bytes; i += 8) {
            buffer.setLong(to + i, buffer.getLong(from + i) ^ twice);
        }
        for (; i < bytes; i++) {
            buffer.setByte(to + i, buffer.getByte(from + i) ^ (mask >>> (24 - 8 * (i & 3))));
        }
        mask = Integer.rotateLeft(mask, 8 * (bytes & 3));
    }
}
