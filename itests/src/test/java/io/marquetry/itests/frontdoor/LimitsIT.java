// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a listener lets in, how much, and under which name: each limit on a listener of its own. */
@OnlyMarquetry
class LimitsIT {
    private static final int SUCCESS = 0;

    private static FrontDoor door;
    private static int few;
    private static int perAddress;
    private static int closed;
    private static int mounted;
    private static int slow;
    private static int trickle;

    private final List<Probe> probes = new ArrayList<>();

    @BeforeAll
    static void start() {
        FrontDoor.Builder builder = FrontDoor.builder();
        few = listener(builder, "FEW", "MAX_CONNECTIONS=2");
        perAddress = listener(builder, "ADDRESS", "MAX_CONNECTIONS_PER_ADDRESS=3");
        closed = listener(builder, "CLOSED", "ACCESS_RULES=deny 127.0.0.0/8, allow 10.0.0.0/8");
        mounted = listener(builder, "MOUNTED", "MOUNTPOINT=tenants/${username}/", "MAX_QOS=1");
        slow = listener(builder, "SLOW", "MESSAGES_RATE=50/s");
        trickle = listener(builder, "TRICKLE", "MAX_CONN_RATE=5/s");
        door = builder.env("MARQUETRY_MQTT__IDLE_TIMEOUT_SECONDS=2")
                .env("MARQUETRY_MQTT__SEND_TIMEOUT_SECONDS=2")
                .start();
    }

    private static int listener(FrontDoor.Builder builder, String name, String... pairs) {
        int port = BrokerProcess.freePort();
        builder.env("MARQUETRY_LISTENERS__TCP__" + name + "__BIND=127.0.0.1:" + port);
        for (String pair : pairs) {
            builder.env("MARQUETRY_LISTENERS__TCP__" + name + "__" + pair);
        }
        return port;
    }

    @AfterAll
    static void stop() {
        Accounting.assertBalanced(door.broker().port());
        door.close();
    }

    @AfterEach
    void closeProbes() {
        probes.forEach(Probe::close);
    }

    private Probe open(int port, Version version) {
        Probe probe = Probe.open(port, version);
        probes.add(probe);
        return probe;
    }

    private Probe client(int port, String id) {
        Probe probe = open(port, Version.V5);
        probe.connectOk(Packets.connect(id).username("north"));
        return probe;
    }

    @Test
    void givenListenerThatIsFull_whenAnotherComes_thenItIsClosedAndOneThatLeavesMakesRoom() {
        Probe first = client(few, "few1");
        client(few, "few2");

        open(few, Version.V5).expectClosed();

        assertThat(door.ended("tcp:few", "max_connections")).isEqualTo(1);
        first.disconnect();
        Patience.until("room", () -> {
            try (Probe next = Probe.open(few, Version.V311)) {
                next.send(Packets.connect("few3"));
                return next.nextIfAny(Patience.LIMIT)
                        .filter(packet -> packet instanceof Connack)
                        .isPresent();
            }
        });
    }

    @Test
    void givenThreeOfOneAddress_whenAFourthComes_thenItIsClosed() {
        for (int i = 0; i < 3; i++) {
            client(perAddress, "address" + i);
        }

        open(perAddress, Version.V5).expectClosed();

        assertThat(door.ended("tcp:address", "max_connections_per_address")).isEqualTo(1);
    }

    @Test
    void givenAccessRules_whenADeniedAddressComes_thenItIsClosed() {
        open(closed, Version.V5).expectClosed();

        assertThat(door.ended("tcp:closed", "access_denied")).isEqualTo(1);
    }

    @Test
    void givenConnectionRate_whenManyComeAtOnce_thenAllGetInOneAfterTheOther() {
        for (int i = 0; i < 12; i++) {
            client(trickle, "trickle" + i).ping(); // waits in the backlog for its turn
        }

        assertThat(door.ended("tcp:trickle", "max_connections")).isZero();
    }

    @Test
    void givenMountpoint_whenClientsPublish_thenTheyMeetTheirOwnOnly() {
        Probe tenant = client(mounted, "tenant");
        Probe outside = client(door.broker().port(), "outside");
        tenant.subscribe("a/+", 1);
        outside.subscribe("tenants/north/#", 1);

        tenant.publish("a/b", "inside", 1);

        tenant.expectPublish("a/b", "inside");
        outside.expectPublish("tenants/north/a/b", "inside");
        assertThat(door.shell("mqtt:subscription-list", "--no-format", "tenant"))
                .contains("tenants/north/a/+");
    }

    @Test
    void givenMountpointByUserName_whenTheNameHasWildcards_thenTheClientIsRefused() {
        Probe smuggler = open(mounted, Version.V5);

        smuggler.send(Packets.connect("smuggler").username("#"));

        assertThat(smuggler.expect(Connack.class).code()).isGreaterThanOrEqualTo(0x80);
        smuggler.expectClosed();
    }

    @Test
    void givenMaximumQosOfTheListener_whenConnected_thenItIsToldAndGranted() {
        Probe client = open(mounted, Version.V5);
        Connack connack = client.connect(Packets.connect("qos").username("south"));
        assertThat(connack.code()).isEqualTo(SUCCESS);

        assertThat(client.subscribe("q", 2)).isEqualTo(1);
        client.send(Packets.publish("q", "x").qos(2).id(9));

        client.expectRefusal(0x9B);
    }

    @Test
    void givenMessageRate_whenMoreIsPublished_thenNothingIsLostAndOthersAreNotSlow() {
        Probe subscriber = client(door.broker().port(), "reader");
        subscriber.subscribe("slow/#", 0);
        Probe publisher = client(slow, "eager");

        for (int i = 0; i < 150; i++) {
            publisher.send(Packets.publish("slow/a", "m" + i));
        }

        client(door.broker().port(), "bystander").ping();
        for (int i = 0; i < 150; i++) {
            assertThat(subscriber.expect(Publish.class).text()).isEqualTo("m" + i);
        }
        publisher.ping();
    }

    @Test
    void givenConnectionThatSendsNothing_whenItsTimeIsOver_thenClosedAsIdle() {
        long before = door.ended("tcp:default", "idle_timeout");

        open(door.broker().port(), Version.V5).expectClosed();

        Patience.until("one more", () -> door.ended("tcp:default", "idle_timeout") == before + 1);
    }

    @Test
    void givenHalfAConnect_whenBytesGoOnComing_thenClosedAsIdleAllTheSame() {
        long before = door.ended("tcp:default", "idle_timeout");
        Probe slowloris = open(door.broker().port(), Version.V5);
        slowloris.sendBytes((byte) 0x10, (byte) 0x7F);

        Patience.until("one more", () -> {
            try {
                slowloris.sendBytes((byte) 0);
            } catch (java.io.UncheckedIOException e) {
                // closed at last
            }
            return door.ended("tcp:default", "idle_timeout") == before + 1;
        });
    }

    @Test
    void givenSubscriberThatNeverReads_whenItsBuffersAreFull_thenClosedAsStuck() {
        long before = door.ended("tcp:default", "send_timeout");
        Probe stuck = Probe.open(door.broker().port(), Version.V5, 4096);
        probes.add(stuck);
        stuck.connectOk(Packets.connect("stuck"));
        stuck.subscribe("flood", 0);
        Probe publisher = client(door.broker().port(), "flooder");

        Patience.until("one more", java.time.Duration.ofSeconds(30), () -> {
            for (int i = 0; i < 20; i++) {
                publisher.publish("flood", "x".repeat(50_000), 1);
            }
            return door.ended("tcp:default", "send_timeout") == before + 1;
        });
    }

    @Test
    void givenListener_whenItIsStoppedAndStarted_thenItsClientsAreToldAndOthersStay() {
        int port = few;
        Probe there = client(door.broker().port(), "stays");
        Probe goes = client(port, "goes");

        String stopped = door.shell("mqtt:listener-stop", "tcp:few");

        goes.expectRefusal(0x8B);
        assertThat(stopped).contains("tcp:few");
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> open(port, Version.V5))
                .isInstanceOf(java.io.UncheckedIOException.class);
        door.shell("mqtt:listener-start", "tcp:few");
        client(port, "back").ping();
        there.ping();
    }
}
