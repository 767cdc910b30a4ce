// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.admin.ListenerInfo;
import io.netty.util.LeakPresenceDetector;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ListenerDirectoryTest {
    private final ListenerDirectory directory = new ListenerDirectory();
    private SocketLoops loops;
    private EchoDoor door;
    private Listener listener;
    private int port;

    @BeforeEach
    void openAWebSocketListener() throws Exception {
        loops = new SocketLoops(2, true);
        door = new EchoDoor(loops.loops());
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = socket.getLocalPort();
        }
        listener = directory.open(ListenerType.WS, door, properties(Map.of()));
        NettyWireTest.until("it runs", () -> info().running());
    }

    @AfterEach
    void everythingIsReleased() {
        directory.close(listener);
        assertThat(directory.list()).isEmpty();
        loops.close();
        LeakPresenceDetector.check();
    }

    private Map<String, Object> properties(Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(more);
        all.put("service.pid", "io.marquetry.transport.ws~web");
        all.putIfAbsent("bind", "127.0.0.1:" + port);
        return all;
    }

    private ListenerInfo info() {
        return directory.list().get(0);
    }

    private static ListenerInfo get(CompletionStage<ListenerInfo> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private Socket connect() throws Exception {
        Socket socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(20_000);
        return socket;
    }

    @Test
    void givenListener_whenStoppedStartedAndRestarted_thenItDoesAndSaysSo() throws Exception {
        assertThat(info().id()).isEqualTo("ws:web");
        assertThat(info().bind()).isEqualTo("127.0.0.1:" + port);

        ListenerInfo stopped = get(directory.stop("ws:web"));
        assertThat(stopped.running()).isFalse();
        assertThat(stopped.enabled()).isTrue();
        assertThatThrownBy(this::connect).isInstanceOf(java.net.ConnectException.class);

        assertThat(get(directory.start("ws:web")).running()).isTrue();
        assertThat(get(directory.start("ws:web")).problem()).isNull();
        assertThat(get(directory.restart("ws:web")).running()).isTrue();
        new WebSocketPeer(connect()).upgrade("/mqtt", "mqtt").close();
    }

    @Test
    void givenConnectionInHandshake_whenListedAndStopped_thenItCountsAndEnds() throws Exception {
        Socket socket = connect();
        NettyWireTest.until("it counts", () -> info().currentConnections() == 1);

        get(directory.stop("ws:web"));

        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        assertThat(info().shutdownCount()).containsEntry("shutting_down", 1L);
        assertThat(info().currentConnections()).isZero();
    }

    @Test
    void givenOpenConnection_whenEverythingButTheAddressChanges_thenItStaysAndNewOnesFindTheNew() throws Exception {
        WebSocketPeer peer = new WebSocketPeer(connect()).upgrade("/mqtt", "mqtt");
        byte[] hello = NettyWireTest.frame(EchoDoor.ECHO, NettyWireTest.body(9));

        listener.configure(properties(Map.of("path", "/other", "mountpoint", "m/", "maxConnections", "2")));

        NettyWireTest.until("it is open", () -> door.wires.size() == 1);
        NettyWireTest.until("the settings are in force", () -> info().maxConnections() == 2);
        assertThat(door.wires.get(0).entrance().terms().mountpoint()).isEqualTo("m/");
        peer.send(WebSocketPeer.BINARY, hello);
        assertThat(NettyWireTest.read(peer, hello.length)).isEqualTo(hello);
        try (WebSocketPeer fresh = new WebSocketPeer(connect()).upgrade("/other", "mqtt")) {
            assertThat(fresh).isNotNull();
        }
        peer.close();
    }

    @Test
    void givenBadValue_whenConfigured_thenTheListenerGoesOnAndSaysWhatIsWrong() {
        listener.configure(properties(Map.of("accessRules", "allow everyone")));

        NettyWireTest.until("it says so", () -> info().problem() != null);
        assertThat(info().running()).isTrue();
        assertThat(info().problem()).contains("io.marquetry.transport.ws-web.cfg", "accessRules", "deny 10.1.0.0/16");
    }

    @Test
    void givenUnknownName_whenStarted_thenTheSentenceNamesThoseThereAre() {
        assertThatThrownBy(() -> get(directory.start("tcp:none")))
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ws:web");
    }
}
