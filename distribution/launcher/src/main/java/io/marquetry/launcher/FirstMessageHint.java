// SPDX-License-Identifier: Apache-2.0
package io.marquetry.launcher;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Passes the log on to the terminal and adds, below the line in which the first TCP listener reports its address, how
 * to send a first message there. The broker's own line is the trigger because only it is written when clients are
 * accepted, and with the address that was really bound.
 */
final class FirstMessageHint extends FilterOutputStream {
    private static final Pattern LISTENING =
            Pattern.compile("listener tcp:\\S+ is listening on (?<host>\\S+):(?<port>\\d{1,5})");
    private static final int LONGEST_LINE = 1_000;

    private final BaseDirectory base;
    private final StringBuilder line = new StringBuilder();
    private boolean shown;

    private FirstMessageHint(OutputStream terminal, BaseDirectory base) {
        super(terminal);
        this.base = base;
    }

    static PrintStream wrap(PrintStream terminal, BaseDirectory base) {
        return new PrintStream(new FirstMessageHint(terminal, base), true, StandardCharsets.UTF_8);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        for (int i = offset; !shown && i < offset + length; i++) {
            watch(bytes[i]);
        }
    }

    @Override
    public synchronized void write(int value) throws IOException {
        out.write(value);
        if (!shown) {
            watch((byte) value);
        }
    }

    private void watch(byte value) throws IOException {
        if (value != '\n') {
            if (line.length() < LONGEST_LINE) {
                line.append((char) value);
            }
            return;
        }
        Matcher matcher = LISTENING.matcher(line.toString());
        line.setLength(0);
        if (matcher.find()) {
            shown = true;
            out.write(text(matcher.group("host"), matcher.group("port")).getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }

    private String text(String boundHost, String port) {
        String host = boundHost.equals("0.0.0.0") || boundHost.equals("[::]") ? "127.0.0.1" : boundHost;
        String address = "-h " + host.replace("[", "").replace("]", "") + " -p " + port;
        return """

                Marquetry accepts MQTT clients on %s:%s. Try it from other terminals:

                    mosquitto_sub %s -t 'hello/#' -v
                    mosquitto_pub %s -t hello/world -m 'first message'

                Configuration: %s   Log: %s   Ctrl-C stops the broker.

                """.formatted(
                boundHost, port, address, address, base.conf(), base.log().resolve("marquetry.log"));
    }
}
