// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.ConnectPacket;
import io.marquetry.itests.support.Daemon;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Version;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every backend of authentication has to do, whatever it is: the same users, the same bad input, the same outages.
 * A subclass starts the backend and fills it; it lives as long as the class.
 */
abstract class BackendScenarios extends BrokerTest {
    static final int BAD_USER_NAME_OR_PASSWORD = 0x86;
    static final int NOT_AUTHORIZED = 0x87;
    static final int SERVER_UNAVAILABLE = 0x88;
    static final int NO_MATCHING_SUBSCRIBERS = 0x10;
    static final String SALT = "pepper";

    static final byte[] SECRET = "secret".getBytes(UTF_8);

    /** With a NUL in its middle, which must not end it. */
    static final byte[] PASSWORD_WITH_NUL = "before\0behind".getBytes(UTF_8);

    /** As long as MQTT lets a password be. */
    static final byte[] LONG_PASSWORD = new byte[65_535];

    private static final Duration RETURN_LIMIT = Duration.ofSeconds(30);
    private final AtomicInteger clients = new AtomicInteger();
    private static @Nullable Installed extension;
    private static @Nullable Daemon backend;

    static {
        Arrays.fill(LONG_PASSWORD, (byte) 'x');
    }

    /** Starts the backend with the users meter, nul, long and admin, a superuser. */
    abstract Daemon startBackend() throws Exception;

    /** Installs the extension and has its authenticator asked. */
    abstract Installed install() throws Exception;

    /**
     * Has its authorizer asked: meter may publish to {@code data/CLIENTID/up} only, and not to {@code data/CLIENTID/#}.
     */
    abstract void authorize(Installed installed) throws Exception;

    @BeforeEach
    void begin() throws Exception {
        if (backend == null) {
            broker().process()
                    .log()
                    .allow("the extension io.marquetry.auth[.]\\w+(: | was to authenticate a client and )");
            broker().process().log().allow("ERROR: canceling statement due to user request");
            backend = startBackend();
            extension = install();
        }
    }

    @AfterAll
    static void end() throws Exception {
        Installed installed = extension;
        Daemon daemon = backend;
        extension = null;
        backend = null;
        try {
            if (installed != null) {
                installed.close();
            }
        } finally {
            if (daemon != null) {
                daemon.close();
            }
        }
    }

    static Installed extension() {
        return Objects.requireNonNull(extension);
    }

    static Daemon backend() {
        return Objects.requireNonNull(backend);
    }

    /** What the backend has of a password: sha256, the salt in front. */
    static String hash(byte[] password) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(SALT.getBytes(UTF_8));
            return HexFormat.of().formatHex(digest.digest(password));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    ConnectPacket as(String username, byte[] password) {
        return Packets.connect(id("c" + clients.incrementAndGet()))
                .username(username)
                .passwordBytes(password);
    }

    ConnectPacket as(String username, String password) {
        return as(username, password.getBytes(UTF_8));
    }

    /** The code of the CONNACK for a client of its own. */
    int enter(ConnectPacket connect) {
        try (Probe probe = broker().open(Version.V5)) {
            return probe.connect(connect).code();
        }
    }

    @Test
    void givenUsers_whenTheyConnect_thenTheirPasswordDecides() {
        assertThat(enter(as("meter", "secret"))).isZero();
        assertThat(enter(as("admin", "secret"))).isZero();
        assertThat(enter(as("meter", "Secret"))).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
        assertThat(enter(as("meter", ""))).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
        assertThat(enter(Packets.connect(id("c")).username("meter"))).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
        assertThat(enter(as("nobody", "secret"))).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
        assertThat(enter(Packets.connect(id("c")))).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
    }

    @Test
    void givenPasswordsWithNulAndOf64KB_whenSent_thenEveryByteCounts() {
        byte[] cut = Arrays.copyOf(PASSWORD_WITH_NUL, 6);
        byte[] other = LONG_PASSWORD.clone();
        other[other.length - 1] = 'y';

        assertThat(enter(as("nul", PASSWORD_WITH_NUL))).isZero();
        assertThat(enter(as("nul", cut))).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
        assertThat(enter(as("long", LONG_PASSWORD))).isZero();
        assertThat(enter(as("long", other))).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
    }

    @Test
    void givenUserNamesThatTryToSpeakToTheBackend_whenSent_thenTheyAreNamesOfNobody() {
        for (String name : new String[] {
            "' OR '1'='1",
            "meter' -- ",
            "meter\"; DROP TABLE mqtt_user; --",
            "'; DROP TABLE mqtt_user; --",
            "meter password_hash\r\nFLUSHALL\r\n",
            "{\"$ne\": null}",
            "\"}, {\"$where\": \"true\"",
            "${clientid}",
            "x".repeat(65_535)
        }) {
            assertThat(enter(as(name, "secret"))).as(name).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
        }

        assertThat(enter(as("meter", "secret"))).isZero();
    }

    @Test
    void givenRules_whenAsked_thenTheyDecideAndFillOnlyOneLevel() throws Exception {
        authorize(extension());
        try {
            String id = id("m");
            Probe meter = open(Version.V5);
            meter.connectOk(Packets.connect(id).username("meter").password("secret"));
            assertThat(meter.publish("data/" + id + "/up", "1", 1)).isEqualTo(NO_MATCHING_SUBSCRIBERS);
            assertThat(meter.publish("data/" + id + "/secret", "1", 1)).isEqualTo(NOT_AUTHORIZED);
            assertThat(meter.publish("data/other/up", "1", 1)).isEqualTo(NOT_AUTHORIZED);
            assertThat(meter.subscribe("data/" + id + "/up", 0)).isEqualTo(NOT_AUTHORIZED);
            assertThat(meter.subscribe("cmd/" + id, 0)).isZero();

            // A client identifier that is a wildcard fills no topic.
            Probe greedy = open(Version.V5);
            greedy.connectOk(Packets.connect("#").username("meter").password("secret"));
            assertThat(greedy.subscribe("cmd/#", 0)).isEqualTo(NOT_AUTHORIZED);
        } finally {
            extension().remove("authorizer", "test");
        }
    }

    @Test
    void givenHangingBackend_whenItGoesOn_thenOnlyNewClientsHaveNoticed() {
        outage(() -> backend().hang(), () -> backend().goOn());
    }

    @Test
    void givenKilledBackend_whenStartedAgain_thenOnlyNewClientsHaveNoticed() {
        outage(() -> backend().kill(), () -> backend().start());
    }

    private void outage(Runnable begin, Runnable end) {
        Probe connected = open(Version.V5);
        connected.connectOk(as("meter", "secret"));
        connected.subscribe(topic("#"), 0);
        begin.run();
        try (Probe waiting = broker().open(Version.V5)) {
            waiting.send(as("meter", "secret"));
            // All of this is done while the other one waits for the backend.
            for (int i = 0; i < 200; i++) {
                assertThat(connected.publish(topic("t"), Integer.toString(i), 1))
                        .isZero();
            }
            waiting.expectConnectRefused(SERVER_UNAVAILABLE);
        } finally {
            end.run();
        }

        Patience.until("clients to be let in again", RETURN_LIMIT, () -> enter(as("meter", "secret")) == 0);
        assertThat(connected.publish(topic("t"), "afterwards", 1)).isZero();
        assertThat(enter(as("meter", "wrong"))).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
    }
}
