// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Packets as a reader of the specification writes them down: {@code "10 [ 'MQTT' 05 02 003C { 21 000A } 'id' ]"}. Bytes
 * are hexadecimal digits, {@code 'text'} is UTF-8 with its length in two bytes in front, and square or curly brackets
 * put the length of what they enclose in front, as a variable byte integer.
 */
final class Wire {
    private final String text;
    private int at;

    private Wire(String text) {
        this.text = text;
    }

    static ByteBuf bytes(String text) {
        Wire wire = new Wire(text);
        ByteBuf out = Unpooled.buffer();
        wire.readUntil((char) 0, out);
        return out;
    }

    private void readUntil(char close, ByteBuf out) {
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == close) {
                return;
            }
            if (c == '[' || c == '{') {
                ByteBuf inner = Unpooled.buffer();
                readUntil(c == '[' ? ']' : '}', inner);
                PacketEncoder.writeVarint(out, inner.readableBytes());
                out.writeBytes(inner);
            } else if (c == '\'') {
                int end = text.indexOf('\'', at);
                byte[] octets = text.substring(at, end).getBytes(StandardCharsets.UTF_8);
                out.writeShort(octets.length).writeBytes(octets);
                at = end + 1;
            } else if (c != ' ') {
                out.writeByte(HexFormat.fromHexDigits(text, at - 1, at + 1));
                at++;
            }
        }
        if (close != 0) {
            throw new IllegalArgumentException("expected " + close + " in " + text);
        }
    }
}
