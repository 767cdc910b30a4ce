// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ProxyProtocolTest {
    private static final String V2 = "0d0a0d0a000d0a515549540a";
    private static final byte[] HELLO = NettyWireTest.frame(EchoDoor.ECHO, NettyWireTest.body(20));
    private Entry entry;

    @AfterEach
    void everythingIsReleased() throws Exception {
        entry.close();
    }

    private void start(ListenerType type) throws Exception {
        entry = new Entry(type, true, Map.of("proxyProtocol", "true", "proxyProtocolTimeoutSeconds", "1"));
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    @ParameterizedTest
    @EnumSource(ListenerType.class)
    void givenHeaderInFront_whenTheRestFollows_thenTheAddressIsTheClients(ListenerType type) throws Exception {
        start(type);
        Socket socket = entry.raw();
        socket.getOutputStream()
                .write("PROXY TCP4 203.0.113.9 192.0.2.1 4711 1883\r\n".getBytes(StandardCharsets.US_ASCII));
        Socket client = entry.connect(socket);
        client.getOutputStream().write(HELLO);

        assertThat(NettyWireTest.read(client, HELLO.length)).isEqualTo(HELLO);
        assertThat(entry.door.wires.get(0).remoteAddress().toString()).isEqualTo("/203.0.113.9:4711");
    }

    @ParameterizedTest
    @CsvSource({
        // address IPv6, TLV of TLS: client bits 7, verified, CN "dev-1"
        "21, 21, 20010db800000000000000000000000120010db80000000000000000000000021267075b, 2000"
                + "0d07000000002200056465762d31, 2001:db8:0:0:0:0:0:1, dev-1",
        "21, 11, cb007109c0000201126707 5b, 20000d07000000002200056465762d31, 203.0.113.9, dev-1",
        // not verified
        "21, 11, cb007109c0000201126707 5b, 20000d07000000012200056465762d31, 203.0.113.9,",
        // no certificate
        "21, 11, cb007109c0000201126707 5b, 20000d01000000002200056465762d31, 203.0.113.9,",
        // LOCAL
        "20, 00, '', '', 127.0.0.1,",
        // UNSPEC
        "21, 00, '', '', 127.0.0.1,",
    })
    void givenVersion2WithBytesBehindIt_whenItComes_thenAddressAndVerifiedNameCount(
            String command, String family, String addresses, String tlvs, String address, String name)
            throws Exception {
        start(ListenerType.TCP);
        byte[] rest = hex((addresses + tlvs).replace(" ", ""));
        Socket socket = entry.raw();

        socket.getOutputStream()
                .write(NettyWireTest.concat(
                        hex(V2 + command + family + String.format("%04x", rest.length)), rest, HELLO, HELLO));

        assertThat(NettyWireTest.read(socket, 2 * HELLO.length)).isEqualTo(NettyWireTest.concat(HELLO, HELLO));
        var wire = entry.door.wires.get(0);
        assertThat(wire.remoteAddress().getAddress().getHostAddress()).isEqualTo(address);
        assertThat(wire.certificate() == null ? null : wire.certificate().commonName())
                .isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({
        "MQTT,        100c00044d5154540402003c0000, proxy_protocol_error",
        "TLS,         16030100a5010000a1030300,     proxy_protocol_error",
        "garbage v1,  50524f5859205443503420200d0a, proxy_protocol_error",
        "no v1,       50524f5859205443503420312e322e332e34206e6f776865726520312032200d0a, proxy_protocol_error",
        "lying short, " + V2 + "2111000401020304,   proxy_protocol_error",
        "version 3,   " + V2 + "3111000c010203040102030400010002, proxy_protocol_error",
        "lying long,  " + V2 + "2111ffff01020304,   proxy_protocol_timeout",
        "lying,       " + V2 + "2111010001020304,   proxy_protocol_timeout",
        "half,        0d0a0d0a,                     proxy_protocol_timeout",
        "nothing,     '',                           proxy_protocol_timeout",
    })
    void givenNoWholeHeader_whenTheTimeIsOver_thenItIsClosedAndCounted(String what, String bytes, String reason)
            throws Exception {
        start(ListenerType.TCP);
        Socket socket = entry.raw();

        socket.getOutputStream().write(hex(bytes));

        NettyWireTest.until("it is counted", () -> entry.refused().equals(Map.of(reason, 1L)));
        assertThat(entry.door.opened.get()).isZero();
        NettyWireTest.until("it is gone", () -> entry.population() == 0);
    }

    @Test
    void givenHalfAHeader_whenThePeerCloses_thenItIsAnErrorAndAProbeIsNone() throws Exception {
        start(ListenerType.SSL);
        Socket half = entry.raw();
        half.getOutputStream().write(hex("0d0a0d0a"));
        half.shutdownOutput();
        Socket probe = entry.raw();

        probe.close();

        NettyWireTest.until(
                "both are counted", () -> entry.refused().equals(Map.of("proxy_protocol_error", 1L, "tcp_closed", 1L)));
    }

    @Test
    void givenRulesForClients_whenAProxyTellsOfOne_thenTheyJudgeItAndNotTheProxy() throws Exception {
        entry = new Entry(
                ListenerType.TCP,
                true,
                Map.of("proxyProtocol", "true", "accessRules", "allow 203.0.113.0/24, deny all"));
        Socket good = entry.raw();
        good.getOutputStream()
                .write(NettyWireTest.concat(
                        "PROXY TCP4 203.0.113.9 192.0.2.1 4711 1883\r\n".getBytes(StandardCharsets.US_ASCII), HELLO));
        assertThat(NettyWireTest.read(good, HELLO.length)).isEqualTo(HELLO);

        Socket bad = entry.raw();
        bad.getOutputStream()
                .write("PROXY TCP4 198.51.100.7 192.0.2.1 4711 1883\r\n".getBytes(StandardCharsets.US_ASCII));

        NettyWireTest.until("it is counted", () -> entry.refused().equals(Map.of("access_denied", 1L)));
        assertThat(entry.door.opened.get()).isEqualTo(1);
    }

    @Test
    void givenPeerThatIsNoProxy_whenProxiesAreNamed_thenItIsClosed() throws Exception {
        entry = new Entry(ListenerType.TCP, true, Map.of("proxyProtocol", "true", "trustedProxies", "10.0.0.0/8, ::1"));

        entry.raw();

        NettyWireTest.until("it is counted", () -> entry.refused().equals(Map.of("access_denied", 1L)));
    }
}
