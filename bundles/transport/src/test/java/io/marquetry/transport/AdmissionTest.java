// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdmissionTest {
    private static final byte[] HELLO = NettyWireTest.frame(EchoDoor.ECHO, NettyWireTest.body(20));
    private Entry entry;

    @AfterEach
    void everythingIsReleased() throws Exception {
        entry.close();
    }

    private static boolean isServed(Socket socket) throws IOException {
        socket.getOutputStream().write(HELLO);
        return socket.getInputStream().readNBytes(HELLO.length).length == HELLO.length;
    }

    private static boolean isClosed(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (IOException e) {
            return true; // a reset says so too
        }
    }

    @ParameterizedTest
    @CsvSource({
        "maxConnections,           2, max_connections,             true",
        "maxConnections,           2, max_connections,             false",
        "maxConnectionsPerAddress, 2, max_connections_per_address, true",
    })
    void givenAsManyAsMayBe_whenOneMoreComes_thenItIsClosedAndThereIsRoomAgainLater(
            String key, String most, String reason, boolean epoll) throws Exception {
        entry = new Entry(ListenerType.TCP, epoll, Map.of(key, most));
        Socket first = entry.raw();
        assertThat(isServed(first)).isTrue();
        assertThat(isServed(entry.raw())).isTrue();

        assertThat(isClosed(entry.raw())).isTrue();

        assertThat(entry.refused()).isEqualTo(Map.of(reason, 1L));
        first.close();
        NettyWireTest.until("there is room", () -> entry.population() == 1);
        NettyWireTest.until("it is told", () -> entry.door.closed.get() == 1);
        assertThat(isServed(entry.raw())).isTrue();
        entry.change(Map.of());
        assertThat(isServed(entry.raw())).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "'deny 127.0.0.0/8', false",
        "'allow 127.0.0.1, deny all', true",
        "'deny ::1', true",
        "'deny all', false"
    })
    void givenAccessRules_whenAPeerComes_thenTheFirstThatFitsCounts(String rules, boolean allowed) throws Exception {
        entry = new Entry(ListenerType.TCP, true, Map.of("accessRules", rules));
        Socket socket = entry.raw();

        boolean closed = !allowed && isClosed(socket);

        assertThat(closed || isServed(socket)).isTrue();
        assertThat(entry.refused()).isEqualTo(allowed ? Map.of() : Map.of("access_denied", 1L));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void givenRate_whenMoreCome_thenTheyWaitAndNobodyIsDropped(boolean epoll) throws Exception {
        // The bucket holds three, and the fourth would have to wait for half an hour.
        entry = new Entry(ListenerType.TCP, epoll, Map.of("maxConnRate", "2/1h", "maxConnBurst", "1"));
        for (int i = 0; i < 3; i++) {
            assertThat(isServed(entry.raw())).isTrue();
        }
        Socket waiting = entry.raw();
        waiting.getOutputStream().write(HELLO);
        assertThat(entry.door.opened.get()).isEqualTo(3);

        entry.change(Map.of());

        assertThat(NettyWireTest.read(waiting, HELLO.length)).isEqualTo(HELLO);
        assertThat(entry.refused()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void givenHandshakesBegunAndLeft_whenHonestClientsCome_thenTheyGetIn(boolean epoll) throws Exception {
        entry = new Entry(ListenerType.SSL, epoll, Map.of("maxPending", "20"));
        for (int i = 0; i < 60; i++) {
            entry.raw().getOutputStream().write(0x16);
        }
        NettyWireTest.until("as many as may be are pending", () -> entry.population() >= 20);
        assertThat(entry.population()).isLessThan(60);

        Socket honest = entry.connect();

        assertThat(isServed(honest)).isTrue();
        assertThat(entry.refused().get("ssl_upgrade_timeout")).isGreaterThanOrEqualTo(20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SSL", "WSS", "WS"})
    void givenManyHonestClients_whenFewMayBePending_thenAllAreServed(ListenerType type) throws Exception {
        entry = new Entry(type, true, Map.of("maxPending", "2"));
        List<Thread> threads = new ArrayList<>();
        List<Object> served = new java.util.concurrent.CopyOnWriteArrayList<>();
        for (int i = 0; i < 40; i++) {
            Socket socket = entry.raw();
            Thread thread = new Thread(() -> {
                try {
                    served.add(isServed(entry.connect(socket)));
                } catch (Exception e) {
                    served.add(e);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(served).hasSize(40).containsOnly(true);
        assertThat(entry.refused()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "SSL,100c00044d5154540402003c0000,ssl_error",
        "WS,100c00044d5154540402003c00000d0a0d0a,ws_upgrade_refused"
    })
    void givenPlainMqtt_whenSomethingElseIsSpoken_thenItIsClosedAndCounted(ListenerType type, String hex, String reason)
            throws Exception {
        entry = new Entry(type, true, Map.of());
        Socket socket = entry.raw();

        socket.getOutputStream().write(java.util.HexFormat.of().parseHex(hex));

        NettyWireTest.until("it is counted", () -> entry.refused().equals(Map.of(reason, 1L)));
        socket.getInputStream().readAllBytes();
    }
}
